// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>
/// The key that signed the first package of each name, for repositories that pin it. It outlives the package; a pin of the configuration
/// replaces it. Kept in <c>data_dir</c>. Reading is thread safe, and so is writing.
/// </summary>
internal sealed class PinnedNames(string dataDirectory, ILogger logger)
{
    private readonly StateFile _file = new(dataDirectory, "pins");
    private readonly Lock _writing = new();

    /// <summary>Replaced as a whole, so that it is read without a lock.</summary>
    private volatile Dictionary<(string Repository, ContainerName Name), string> _pins = [];

    /// <summary>Reads the record. Pins that are lost are reported; then the packages that are there pin their names.</summary>
    internal void Load()
    {
        try
        {
            if (_file.Read() is not { } records)
            {
                Log.PinsLost(logger, _file.DisplayPath, "there is none; nothing else is wrong when keys are pinned for the first time");
                return;
            }

            var pins = new Dictionary<(string Repository, ContainerName Name), string>();
            foreach (string[] record in records)
            {
                if (record.Length != 3 || !ContainerName.TryParse(record[1], out ContainerName name))
                {
                    throw new InvalidDataException("a record has another form");
                }

                pins[(record[0], name)] = record[2];
            }

            _pins = pins;
        }
        catch (Exception e) when (e is InvalidDataException or LinuxException or IOException or UnauthorizedAccessException)
        {
            Log.PinsLost(logger, _file.DisplayPath, e.Message);
        }
    }

    /// <summary>Returns the id of the key that a name is pinned to, or null.</summary>
    internal string? Find(string repository, ContainerName name) => _pins.GetValueOrDefault((repository, name));

    /// <summary>Pins a name to the key that signed a package of it. Returns the key before, or null.</summary>
    /// <exception cref="LinuxException">The record cannot be written; then nothing has changed.</exception>
    /// <exception cref="IOException">The same.</exception>
    internal string? Pin(string repository, ContainerName name, string? keyId)
    {
        lock (_writing)
        {
            string? before = Find(repository, name);
            if (before == keyId)
            {
                return before;
            }

            var pins = new Dictionary<(string Repository, ContainerName Name), string>(_pins);
            if (keyId is null)
            {
                pins.Remove((repository, name));
            }
            else
            {
                pins[(repository, name)] = keyId;
            }

            _file.Write(pins, static (key, keyId) => [key.Repository, key.Name.ToString(), keyId]);
            _pins = pins;
            if (keyId is not null)
            {
                Log.NamePinned(logger, repository, name, keyId);
            }

            return before;
        }
    }

    /// <summary>Takes a pin back, because the package was not accepted after all.</summary>
    internal void Restore(string repository, ContainerName name, string? keyId)
    {
        try
        {
            Pin(repository, name, keyId);
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            Log.StateUnwritten(logger, _file.DisplayPath, e.Message);
        }
    }

    /// <summary>Pins names of packages that were there before, those that have no pin yet. The key of the lowest version counts.</summary>
    internal void PinExisting(string repository, IEnumerable<NpkPackage> packages)
    {
        foreach (NpkPackage package in packages.OrderBy(static p => p.Manifest.Id))
        {
            ContainerName name = package.Manifest.Name;
            if (package.VerifiedBy is not { } key || Find(repository, name) is not null)
            {
                continue;
            }

            try
            {
                Pin(repository, name, key.Id);
            }
            catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
            {
                Log.StateUnwritten(logger, _file.DisplayPath, e.Message);
            }
        }
    }
}
