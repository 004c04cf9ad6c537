// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Host.Terminal;

/// <summary>Shows how far an operation on bytes is, as a bar on one line of a terminal that is rewritten ten times a second.</summary>
internal sealed class ByteProgress : IProgress<long>, IDisposable
{
    private const long MillisecondsBetween = 100;
    private const string Shortened = "...";
    private const string ClearLine = "\r\e[K";
    private const int BarCells = 24;

    private readonly Lock _lock = new();
    private readonly TextWriter? _writer;
    private readonly string _operation;
    private readonly Streams _streams;
    private readonly long? _totalBytes;
    private readonly TimeProvider _time;
    private readonly long _began;
    private long _shownAt;
    private long _doneBytes;
    private bool _shown;

    /// <summary>Makes it.</summary>
    /// <param name="streams">Where to; nothing is shown unless errors go to a terminal.</param>
    /// <param name="operation">What is being done.</param>
    /// <param name="totalBytes">How much there is to do; null when nobody knows.</param>
    /// <param name="time">The clock; null for the system's.</param>
    internal ByteProgress(Streams streams, string operation, long? totalBytes, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _began = _time.GetTimestamp();
        _streams = streams;
        _writer = streams.ErrorIsTerminal ? streams.Error : null;
        _operation = Printable.Line(operation);
        _totalBytes = totalBytes;
    }

    /// <summary>Gets the time since the beginning.</summary>
    internal TimeSpan Elapsed => _time.GetElapsedTime(_began);

    /// <summary>Takes how much is done. Any thread may call; smaller numbers than before are ignored.</summary>
    public void Report(long value)
    {
        if (_writer is null)
        {
            return;
        }

        lock (_lock)
        {
            _doneBytes = Math.Max(_doneBytes, value);
            long now = (long)Elapsed.TotalMilliseconds;
            if (now - _shownAt >= MillisecondsBetween)
            {
                _shownAt = now;
                _shown = true;
                _writer.Write(ClearLine + Line());
            }
        }
    }

    /// <summary>Removes the line.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_shown)
            {
                _writer!.Write(ClearLine);
            }

            _shown = false;
        }
    }

    // A line that is wrapped could not be removed again: the operation is shortened, then the bar left out.
    private string Line()
    {
        string figures = $"{Bytes(_doneBytes)}{Total()}, {Speed(_doneBytes, Elapsed)}";
        string line = $"{_operation}: {Bar()}{figures}";
        if (_streams.ErrorColumns is not { } columns || line.Length < columns)
        {
            return line;
        }

        int room = columns - 1 - (line.Length - _operation.Length);
        return room > Shortened.Length ? Shortened + line[(_operation.Length - room + Shortened.Length)..] : figures[..Math.Min(figures.Length, columns - 1)];
    }

    /// <summary>Draws the bar; nothing when nobody knows how much there is to do.</summary>
    private string Bar()
    {
        if (_totalBytes is not { } total)
        {
            return "";
        }

        int full = (int)(Math.Min(_doneBytes, total) * (double)BarCells / Math.Max(total, 1));
        return $"[{new string('#', full)}{new string('.', BarCells - full)}] ";
    }

    private string Total() => _totalBytes is { } total ? $" of {Bytes(total)}, {100 * _doneBytes / Math.Max(total, 1)} %" : "";

    /// <summary>Returns a size in decimal units.</summary>
    internal static string Bytes(long count)
    {
        (double number, string unit) = count switch
        {
            < 1_000 => (count, "B"),
            < 1_000_000 => (count / 1e3, "kB"),
            < 1_000_000_000 => (count / 1e6, "MB"),
            _ => (count / 1e9, "GB"),
        };
        return number.ToString(unit == "B" ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + unit;
    }

    /// <summary>Returns a speed in decimal units.</summary>
    internal static string Speed(long count, TimeSpan time) => Bytes((long)(count / Math.Max(time.TotalSeconds, 1e-6))) + "/s";
}
