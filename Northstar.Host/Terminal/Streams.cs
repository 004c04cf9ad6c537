// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Host.Terminal;

/// <summary>Where a tool reads from and writes to.</summary>
internal sealed class Streams : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Makes it of streams, which stay with the caller.</summary>
    internal Streams(Stream output, Stream error, bool outputIsTerminal = false, bool errorIsTerminal = false, Stream? input = null)
    {
        Input = input ?? Stream.Null;
        RawOutput = output;
        Output = new StreamWriter(output, s_utf8, leaveOpen: true) { AutoFlush = true };
        Error = new StreamWriter(error, s_utf8, leaveOpen: true) { AutoFlush = true };
        OutputIsTerminal = outputIsTerminal;
        ErrorIsTerminal = errorIsTerminal;
    }

    /// <summary>Gets what a tool is given, without a buffer.</summary>
    internal Stream Input { get; }

    /// <summary>Gets the results as bytes.</summary>
    internal Stream RawOutput { get; }

    /// <summary>Gets the results.</summary>
    internal TextWriter Output { get; }

    /// <summary>Gets errors and progress.</summary>
    internal TextWriter Error { get; }

    /// <summary>Gets a value indicating whether colours can be used.</summary>
    internal bool OutputIsTerminal { get; }

    /// <summary>Gets a value indicating whether progress can be shown.</summary>
    internal bool ErrorIsTerminal { get; }

    /// <summary>Opens those of the process.</summary>
    internal static Streams OfProcess() => new(
        Console.OpenStandardOutput(), Console.OpenStandardError(),
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "", !Console.IsErrorRedirected,
        Console.OpenStandardInput());

    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
    }
}
