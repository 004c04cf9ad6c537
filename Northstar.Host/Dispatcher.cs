// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host.Check;
using Northstar.Host.Completion;
using Northstar.Host.Nstar;
using Northstar.Host.Sextant;
using Northstar.Host.Terminal;

namespace Northstar.Host;

/// <summary>Chooses the tool: by the name that the program was started under, or by its first argument.</summary>
internal static class Dispatcher
{
    private const string CommandLineFile = "/proc/self/cmdline";

    /// <summary>Runs the tool that is meant.</summary>
    /// <param name="startedAs">The path or name that the program was started under.</param>
    /// <param name="arguments">The arguments behind it.</param>
    /// <param name="streams">Where it writes to.</param>
    internal static Task<ExitCode> RunAsync(string startedAs, IReadOnlyList<string> arguments, Streams streams)
    {
        string? tool = ToolOf(Path.GetFileName(startedAs));
        if (tool is null && arguments is [CheckTool.Word, ..])
        {
            return CheckTool.RunAsync([.. arguments.Skip(1)], streams);
        }

        if (tool is null && arguments is [CompletionCommand.Name, ..])
        {
            return RuntimeTool.CompleteAsync(arguments, streams);
        }

        if (tool is null && arguments is [var first, ..] && ToolOf(first) is { } named)
        {
            (tool, arguments) = (named, [.. arguments.Skip(1)]);
        }

        return tool switch
        {
            "nstar" => NstarTool.RunAsync(arguments, streams),
            "sextant" => SextantTool.RunAsync(arguments, streams),
            _ => RuntimeTool.RunAsync(arguments, streams),
        };
    }

    /// <summary>Returns the name that the program was started under; a link's own, not that of its target.</summary>
    internal static string StartedAs()
    {
        try
        {
            byte[] line = File.ReadAllBytes(CommandLineFile);
            int end = line.AsSpan().IndexOf((byte)0);
            return System.Text.Encoding.UTF8.GetString(line, 0, end < 0 ? line.Length : end);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc the word as first argument still works.
            return Environment.ProcessPath ?? "";
        }
    }

    // The names of the reference's programs are known too.
    private static string? ToolOf(string name) => name switch
    {
        "nstar" or "northstar-nstar" => "nstar",
        "sextant" or "northstar-sextant" => "sextant",
        _ => null,
    };
}
