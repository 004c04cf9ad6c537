// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Northstar.Host.Terminal;

namespace Northstar.Host;

/// <summary>What the three tools share: help, version, exit codes, errors.</summary>
internal static class ToolCommand
{
    /// <summary>Gets the version of the program.</summary>
    internal static string Version { get; } =
        (typeof(ToolCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+')[0];

    /// <summary>Makes the command of a tool, with <c>--help</c> and <c>--version</c>.</summary>
    internal static Command Create(string name, string description, Streams streams)
    {
        var command = new Command(name, description);
        command.Options.Add(new HelpOption("--help", "-h"));
        command.Options.Add(new Option<bool>("--version", "-V")
        {
            Description = "Show the version",
            Action = new VersionAction($"{name} {Version}", streams),
        });
        return command;
    }

    /// <summary>Runs a tool.</summary>
    /// <param name="command">The tool.</param>
    /// <param name="arguments">Its arguments, without its name.</param>
    /// <param name="streams">Where it writes to.</param>
    /// <param name="handleSignals">Whether SIGINT and SIGTERM cancel it.</param>
    [SuppressMessage("Design", "CA1031", Justification = "Every failure of a tool becomes a message and an exit code.")]
    internal static async Task<ExitCode> RunAsync(Command command, IReadOnlyList<string> arguments, Streams streams, bool handleSignals)
    {
        if (arguments is ["help", ..])
        {
            arguments = [.. arguments.Skip(1), "--help"];
        }

        // '@file' is an argument like any other.
        ParseResult parsed = command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        bool usage = false;
        if (parsed.Action is ParseErrorAction error)
        {
            usage = true;
            error.ShowTypoCorrections = false;
        }

        var configuration = new InvocationConfiguration
        {
            Output = usage ? streams.Error : streams.Output,
            Error = streams.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = handleSignals ? TimeSpan.FromSeconds(2) : null,
        };
        try
        {
            int code = await parsed.InvokeAsync(configuration).ConfigureAwait(false);
            return usage ? ExitCode.Usage : (ExitCode)code;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            ErrorText.Write(streams.Error, e);
            return ExitCode.Failure;
        }
    }

    private sealed class VersionAction(string text, Streams streams) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            streams.Output.WriteLine(text);
            return (int)ExitCode.Success;
        }
    }
}
