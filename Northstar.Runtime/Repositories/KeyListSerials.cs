// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>
/// The last list of keys of each repository: an older one, which may have a key that was taken out since, is refused. Kept in <c>data_dir</c>.
/// Thread safe.
/// </summary>
internal sealed class KeyListSerials(string dataDirectory, ILogger logger)
{
    private readonly StateFile _file = new(dataDirectory, "keys");
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Serial, string Digest)> _last = new(StringComparer.Ordinal);

    /// <summary>Reads the record. One that is lost is reported; then any list is taken.</summary>
    internal void Load()
    {
        try
        {
            if (_file.Read() is not { } records)
            {
                Log.SerialsLost(logger, _file.DisplayPath, "there is none; nothing else is wrong when a list of keys is used for the first time");
                return;
            }

            foreach (string[] record in records)
            {
                _last[record[0]] = record.Length == 3 && long.TryParse(record[1], NumberStyles.None, CultureInfo.InvariantCulture, out long serial)
                    ? (serial, record[2])
                    : throw new InvalidDataException("a record has another form");
            }
        }
        catch (Exception e) when (e is InvalidDataException or LinuxException or IOException or UnauthorizedAccessException)
        {
            _last.Clear();
            Log.SerialsLost(logger, _file.DisplayPath, e.Message);
        }
    }

    /// <summary>Takes a list as the last one of a repository. Returns why it cannot be, or null.</summary>
    internal string? WhyOld(string repository, KeyList list)
    {
        lock (_lock)
        {
            (long serial, string digest) = _last.GetValueOrDefault(repository);
            if (list.Serial < serial)
            {
                return string.Create(CultureInfo.InvariantCulture, $"it has the serial {list.Serial}, and {serial} was used already");
            }

            if (list.Serial == serial)
            {
                return list.Digest == digest ? null : string.Create(CultureInfo.InvariantCulture, $"another list had the serial {serial}; a change needs a higher one");
            }

            _last[repository] = (list.Serial, list.Digest);
            try
            {
                _file.Write(_last, static (id, last) => [id, last.Serial.ToString(CultureInfo.InvariantCulture), last.Digest]);
            }
            catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
            {
                // In force all the same, until the runtime ends.
                Log.StateUnwritten(logger, _file.DisplayPath, e.Message);
            }

            return null;
        }
    }
}
