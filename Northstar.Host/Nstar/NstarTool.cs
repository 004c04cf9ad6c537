// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.CommandLine.Parsing;
using Northstar.Api;
using Northstar.Host.Completion;
using Northstar.Host.Configuration;
using Northstar.Host.Help;
using Northstar.Host.Terminal;

namespace Northstar.Host.Nstar;

/// <summary>The console client.</summary>
internal sealed partial class NstarTool
{
    private const int NotificationBufferSize = 100;
    private const string UrlVariable = "NORTHSTAR_URL";

    private readonly Streams _streams;
    private readonly Option<ConsoleAddress> _url = new("--url", "-u")
    {
        Description = "The address of the runtime's console, tcp://HOST[:PORT] or unix:///PATH; NORTHSTAR_URL sets the default",
        HelpName = "URL",
        Recursive = true,
        DefaultValueFactory = DefaultUrl,
        CustomParser = static result => Parse(result, ConsoleAddress.Parse),
    };

    private readonly Option<bool> _json = new("--json", "-j")
    {
        Description = "Print every message that is sent and received instead of results",
        Recursive = true,
    };

    private readonly Option<TimeSpan?> _timeout = new("--timeout", "-t")
    {
        Description = "The time limit of the handshake, such as 500ms; 10s without it",
        HelpName = "DURATION",
        Recursive = true,
        CustomParser = static result => Parse<TimeSpan?>(result, static text =>
            DurationText.TryParse(text, out TimeSpan duration) is { } problem ? throw new FormatException($"{problem}; {DurationText.Hint}") : duration),
    };

    private readonly TlsArguments _tls = new();

    private NstarTool(Streams streams) => _streams = streams;

    internal static Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, Streams streams)
    {
        Command command = new NstarTool(streams).Build();
        IEnumerable<string> withValue = command.Options.Where(static o => !HelpText.IsFlag(o)).SelectMany(HelpText.NamesOf);
        return ToolCommand.RunAsync(command, StartCommandLine.Protect(arguments, withValue.ToHashSet(StringComparer.Ordinal)), streams, handleSignals: true);
    }

    /// <summary>Makes the command, for the completion of the program that has it as a verb.</summary>
    internal static Command Describe(Streams streams) => new NstarTool(streams).Build();

    private Command Build()
    {
        Command command = ToolCommand.Create("nstar", NstarHelp.Page, _streams);
        command.Options.Add(_url);
        command.Options.Add(_json);
        command.Options.Add(_timeout);
        _tls.AddTo(command);
        AddQueries(command);
        AddLogs(command);
        AddTop(command);
        AddMounts(command);
        AddProcesses(command);
        AddPackages(command);
        AddTokens(command);
        AddSeccomp(command);
        CompletionCommand.AddTo(command, _streams);
        return command;
    }

    /// <summary>Adds a verb whose request is sent over a connection of its own.</summary>
    private Command Verb(Command parent, string name, string description, Func<Session, ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        return LocalVerb(parent, name, description, (parsed, cancellationToken) =>
            ConnectAsync(parsed, subscribe: false, session => run(session, parsed, cancellationToken), cancellationToken));
    }

    /// <summary>Adds a verb that checks its arguments before it connects.</summary>
    private static Command LocalVerb(Command parent, string name, string description, Func<ParseResult, CancellationToken, Task<ExitCode>> run)
    {
        var verb = new Command(name, description);
        verb.SetAction(async (parsed, cancellationToken) => (int)await run(parsed, cancellationToken).ConfigureAwait(false));
        parent.Subcommands.Add(verb);
        return verb;
    }

    private async Task<ExitCode> ConnectAsync(
        ParseResult parsed, bool subscribe, Func<Session, Task<ExitCode>> run, CancellationToken cancellationToken, bool extensions = false)
    {
        bool json = parsed.GetValue(_json);
        Action<ReadOnlyMemory<byte>>? trace = json ? Trace : null;
        ConsoleAddress address = parsed.GetRequiredValue(_url);
        var options = new NorthstarClientOptions
        {
            SubscribeNotifications = subscribe,
            NotificationBufferSize = NotificationBufferSize,
            Extensions = extensions,
            Tls = _tls.Read(parsed, address),
            TraceReceived = trace,
            TraceSent = trace,
        };
        options.HandshakeTimeout = parsed.GetValue(_timeout) ?? options.HandshakeTimeout;
        NorthstarClient client = await NorthstarClient.ConnectAsync(address, options, cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            return await run(new Session(client, _streams, json)).ConfigureAwait(false);
        }
    }

    private void Trace(ReadOnlyMemory<byte> bytes)
    {
        _streams.RawOutput.Write(bytes.Span);
        _streams.RawOutput.Flush();
    }

    private static ConsoleAddress DefaultUrl(ArgumentResult result)
    {
        string? url = Environment.GetEnvironmentVariable(UrlVariable);
        if (string.IsNullOrEmpty(url))
        {
            return ConsoleAddress.Default;
        }

        if (!ConsoleAddress.TryParse(url, out ConsoleAddress? address))
        {
            result.AddError($"{UrlVariable}: invalid console address '{url}': tcp://HOST[:PORT] or unix:///PATH is needed");
        }

        return address ?? ConsoleAddress.Default;
    }

    private static T? Parse<T>(ArgumentResult result, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (FormatException e)
        {
            result.AddError($"{((OptionResult)result.Parent!).Option.Name}: {e.Message}");
            return default;
        }
    }
}
