// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Api;

namespace Northstar.Host.Nstar;

/// <summary>Prints what a container writes: its standard output to ours, its standard error to ours, line by line.</summary>
/// <param name="session">Where to.</param>
/// <param name="raw">Whether bytes are passed on as they are; else everything that a terminal would obey is escaped.</param>
internal sealed class OutputPrinter(Session session, bool raw)
{
    // A program that never ends its line is shown all the same.
    private const int LongestLine = 16 * 1024;

    private readonly Decoder[] _decoders = [Encoding.UTF8.GetDecoder(), Encoding.UTF8.GetDecoder()];
    private readonly StringBuilder[] _lines = [new(), new()];

    internal void Print(Notification part)
    {
        switch (part)
        {
            case Notification.Output { Stream: var stream, Data: var data } when raw:
                session.WriteBytes(data, stream == OutputSource.Stderr);
                return;
            case Notification.Output output:
                Decode(output.Stream, output.Data.Span);
                return;
            case Notification.OutputLost lost:
                Finish(lost.Stream);
                session.Warn($"{lost.Bytes} bytes of {lost.Stream.ToString().ToLowerInvariant()} are missing here: they came faster than they were read");
                return;
            case Notification.OutputEnd end:
                Finish(end.Stream);
                return;
            default:
                return;
        }
    }

    /// <summary>Prints what is left of lines that were not ended.</summary>
    internal void Finish()
    {
        Finish(OutputSource.Stdout);
        Finish(OutputSource.Stderr);
    }

    private void Decode(OutputSource stream, ReadOnlySpan<byte> data)
    {
        char[] chars = new char[data.Length + 1];
        int count = _decoders[(int)stream].GetChars(data, chars, flush: false);
        StringBuilder line = _lines[(int)stream];
        foreach (char c in chars.AsSpan(0, count))
        {
            if (c == '\n' || (line.Length >= LongestLine && !char.IsLowSurrogate(c)))
            {
                PrintLine(stream, line);
            }

            if (c != '\n')
            {
                line.Append(c);
            }
        }
    }

    private void Finish(OutputSource stream)
    {
        if (_lines[(int)stream].Length > 0)
        {
            PrintLine(stream, _lines[(int)stream]);
        }
    }

    // A carriage return before the line feed is no more than an old habit.
    private void PrintLine(OutputSource stream, StringBuilder line)
    {
        string text = line.ToString();
        session.WriteOutput(text.EndsWith('\r') ? text[..^1] : text, stream == OutputSource.Stderr);
        line.Clear();
    }
}
