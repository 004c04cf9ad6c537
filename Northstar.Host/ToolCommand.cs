// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Northstar.Host.Help;
using Northstar.Host.Terminal;

namespace Northstar.Host;

/// <summary>What the three tools share: help, version, exit codes, errors.</summary>
internal static class ToolCommand
{
    /// <summary>Gets the version of the program.</summary>
    internal static string Version { get; } =
        (typeof(ToolCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+')[0];

    /// <summary>Makes the command of a tool, with <c>--help</c> and <c>--version</c>.</summary>
    internal static Command Create(string name, ToolHelp help, Streams streams)
    {
        var command = new Command(name, help.Summary);
        command.Options.Add(new HelpOption("--help", "-h") { Description = "Show this help", Action = new ShowHelp(help, streams) });
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
        if (parsed.Action is ParseErrorAction)
        {
            UsageText.Write(parsed, streams);
            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = streams.Output,
            Error = streams.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = handleSignals ? TimeSpan.FromSeconds(2) : null,
        };
        try
        {
            return (ExitCode)await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (IsReaderGone(e))
        {
            return ExitCode.Success;
        }
        catch (Exception e)
        {
            ErrorText.Write(streams.Error, e);
            return ExitCode.Failure;
        }
    }

    private static bool IsReaderGone(Exception? e) => e is ReaderGoneException || (e is not null && IsReaderGone(e.InnerException));

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
