// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Host;
using Northstar.Host.Terminal;

namespace Northstar.Tests.Host;

/// <summary>What a run of the program gave.</summary>
internal sealed record Invocation(ExitCode Code, string Output, string Error)
{
    /// <summary>Runs the program as if started under a name.</summary>
    internal static async Task<Invocation> RunAsync(string startedAs, string[] arguments, bool terminal = false, byte[]? input = null, TerminalSize? size = null)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var given = new MemoryStream(input ?? []);
        using var streams = new Streams(output, error, terminal, terminal, given, size: size is { } s ? () => s : null);
        ExitCode code = await Dispatcher.RunAsync(startedAs, arguments, streams);
        return new Invocation(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    internal static Task<Invocation> NstarAsync(FakeConsole console, params string[] arguments) =>
        RunAsync("nstar", ["-u", console.Url, .. arguments]);

    internal static Task<Invocation> SextantAsync(params string[] arguments) => RunAsync("sextant", arguments);
}
