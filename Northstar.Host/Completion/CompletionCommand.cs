// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Host.Terminal;

namespace Northstar.Host.Completion;

/// <summary>The verb that prints a script for a shell. It needs no runtime.</summary>
internal static class CompletionCommand
{
    /// <summary>The name of the verb.</summary>
    internal const string Name = "completion";

    private static readonly Dictionary<string, Func<CompletionModel, string>> s_shells = new(StringComparer.Ordinal)
    {
        ["bash"] = BashCompletion.Format,
        ["elvish"] = ElvishCompletion.Format,
        ["fish"] = FishCompletion.Format,
        ["powershell"] = PowerShellCompletion.Format,
        ["zsh"] = ZshCompletion.Format,
    };

    /// <summary>Adds the verb to a tool, which has all its other verbs.</summary>
    internal static void AddTo(Command tool, Streams streams)
    {
        var shell = new Option<string>("--shell", "-s") { Description = "The shell", Required = true };
        shell.AcceptOnlyFromAmong([.. s_shells.Keys]);
        var output = new Option<string?>("--output", "-o") { Description = "Write the script to a file", HelpName = "FILE" };
        var verb = new Command(Name, "Print the script that teaches a shell to complete this program's verbs and options") { shell, output };
        verb.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(shell);
            string script = s_shells[name](CompletionModel.Of(tool));
            if (parsed.GetValue(output) is { } path)
            {
                Write(path, script);
                streams.Output.WriteLine($"wrote the completion of {tool.Name} for {name} to {Printable.Line(path)}");
            }
            else
            {
                streams.Output.Write(script);
            }

            return (int)ExitCode.Success;
        });
        tool.Subcommands.Add(verb);
    }

    private static void Write(string path, string script)
    {
        try
        {
            File.WriteAllText(path, script);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ToolException($"write the completion {path}: {e.Message}", e);
        }
    }
}
