// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Host.Terminal;

/// <summary>Where a tool reads from and writes to.</summary>
internal sealed class Streams : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private const int WidthWithoutTerminal = 100;
    private const int WidestText = 120;

    private readonly Func<TerminalSize>? _size;

    /// <summary>Makes it of streams, which stay with the caller.</summary>
    /// <param name="output">Gets results.</param>
    /// <param name="error">Gets errors and progress.</param>
    /// <param name="outputIsTerminal">Whether results go to a terminal.</param>
    /// <param name="errorIsTerminal">Whether errors go to a terminal.</param>
    /// <param name="input">What a tool reads; null for nothing.</param>
    /// <param name="colours">Whether a terminal gets colours.</param>
    /// <param name="size">Tells the size of the terminal; null when it has none.</param>
    internal Streams(
        Stream output, Stream error, bool outputIsTerminal = false, bool errorIsTerminal = false, Stream? input = null, bool colours = true, Func<TerminalSize>? size = null)
    {
        Colours = outputIsTerminal && colours;
        _size = size;
        Input = input ?? Stream.Null;
        RawOutput = output;
        RawError = error;
        Output = new StreamWriter(output, s_utf8, leaveOpen: true) { AutoFlush = true };
        Error = new StreamWriter(error, s_utf8, leaveOpen: true) { AutoFlush = true };
        OutputIsTerminal = outputIsTerminal;
        ErrorIsTerminal = errorIsTerminal;
    }

    /// <summary>Gets the keys of the terminal.</summary>
    internal Keys Keys { get; private init; } = new(isTerminal: false);

    /// <summary>Gets what a tool is given, without a buffer.</summary>
    internal Stream Input { get; }

    /// <summary>Gets the results as bytes.</summary>
    internal Stream RawOutput { get; }

    /// <summary>Gets errors as bytes.</summary>
    internal Stream RawError { get; }

    /// <summary>Gets the results.</summary>
    internal TextWriter Output { get; }

    /// <summary>Gets errors and progress.</summary>
    internal TextWriter Error { get; }

    /// <summary>Gets a value indicating whether results go to a terminal.</summary>
    internal bool OutputIsTerminal { get; }

    /// <summary>Gets a value indicating whether results may have colours.</summary>
    internal bool Colours { get; }

    /// <summary>Gets the size of the terminal that results go to; null when they go elsewhere or nobody knows.</summary>
    internal TerminalSize? Size => OutputIsTerminal && _size?.Invoke() is { Columns: > 0, Rows: > 0 } size ? size : null;

    /// <summary>Gets how wide the terminal is that errors go to; null when they go elsewhere or nobody knows.</summary>
    internal int? ErrorColumns => ErrorIsTerminal && _size?.Invoke() is { Columns: > 0 } size ? size.Columns : null;

    /// <summary>Gets how wide running text may be.</summary>
    internal int TextWidth => Math.Min(Size?.Columns ?? WidthWithoutTerminal, WidestText);

    /// <summary>Gets a value indicating whether progress can be shown.</summary>
    internal bool ErrorIsTerminal { get; }

    /// <summary>Opens those of the process.</summary>
    internal static Streams OfProcess()
    {
        bool dumb = Environment.GetEnvironmentVariable("TERM") == "dumb";
        return new Streams(
            ResultStream.OfProcess(), Console.OpenStandardError(), !Console.IsOutputRedirected, !Console.IsErrorRedirected && !dumb,
            Console.OpenStandardInput(), colours: !dumb && Environment.GetEnvironmentVariable("NO_COLOR") is null or "", TerminalSize.OfStandardOutput)
        {
            Keys = new Keys(!Console.IsInputRedirected),
        };
    }

    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
    }
}
