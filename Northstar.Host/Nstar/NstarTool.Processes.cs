// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <content>Verbs that start and end processes.</content>
internal sealed partial class NstarTool
{
    private const int SigTerm = 15;

    private void AddProcesses(Command parent)
    {
        AddStart(parent);
        AddKill(parent);
        Verb(parent, "shutdown", "Stop the runtime", static async (session, _, cancellationToken) =>
        {
            await session.Client.ShutdownAsync(cancellationToken).ConfigureAwait(false);
            session.Write("shutdown");
            return ExitCode.Success;
        });
    }

    private void AddStart(Command parent)
    {
        Argument<string> container = ContainerOf("The container");
        var words = new Argument<string[]>("[KEY=VALUE]... [INIT [ARG]...]")
        {
            Description = "Environment, program and arguments instead of those of the manifest; <INIT> stands for the manifest's program",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "Show what it writes until it ends; fail unless it ends with exit code 0" };
        Option<bool> raw = Raw();
        Command verb = LocalVerb(parent, "start", "Start a container", (parsed, cancellationToken) =>
        {
            var argument = ContainerArgument.Parse(parsed.GetRequiredValue(container));
            StartCommandLine line = StartCommandLine.Parse(parsed.GetValue(words) ?? []);
            bool stay = parsed.GetValue(follow);
            return ConnectAsync(parsed, subscribe: stay, async session =>
            {
                ContainerId id = await argument.ResolveAsync(session.Client, cancellationToken).ConfigureAwait(false);
                if (stay)
                {
                    return await StartAndFollowAsync(session, id, line, parsed.GetValue(raw), cancellationToken).ConfigureAwait(false);
                }

                await session.Client.StartAsync(id, line.Init, line.Arguments, line.Environment, cancellationToken).ConfigureAwait(false);
                List<string> said = ["started", id.ToString()];
                foreach ((string name, string value) in line.Environment)
                {
                    said.Add($"{name}={value}");
                }

                said.AddRange([line.Init ?? "", .. line.Arguments]);
                session.Write(string.Join(' ', said).TrimEnd());
                return ExitCode.Success;
            }, cancellationToken, extensions: stay);
        });
        verb.Arguments.Add(container);
        verb.Arguments.Add(words);
        verb.Options.Add(follow);
        verb.Options.Add(raw);
    }

    private static async Task<ExitCode> StartAndFollowAsync(
        Session session, ContainerId id, StartCommandLine line, bool raw, CancellationToken cancellationToken)
    {
        OutputSubscription output = await session.Client.FollowOutputAsync(id, cancellationToken: cancellationToken).ConfigureAwait(false);
        await session.Client.StartAsync(id, line.Init, line.Arguments, line.Environment, cancellationToken).ConfigureAwait(false);
        Task printing = PrintAsync(session, output, raw, int.MaxValue, cancellationToken);
        await foreach (Notification notification in session.Client.ReadNotificationsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (notification is Notification.Exit exit && exit.Container == id)
            {
                // All that it wrote came before.
                await output.DisposeAsync().ConfigureAwait(false);
                await printing.ConfigureAwait(false);
                return exit.Status is ExitStatus.Exit { Code: 0 } ? ExitCode.Success : throw new ToolException($"container {id} ended with {exit.Status}");
            }
        }

        await printing.ConfigureAwait(false);
        throw new ToolException($"container {id}: the runtime closed the connection before it ended");
    }

    private void AddKill(Command parent)
    {
        Argument<string> container = ContainerOf("The container");
        var signal = new Argument<int>("SIGNAL") { Description = "The number of the signal", DefaultValueFactory = static _ => SigTerm };
        Command verb = LocalVerb(parent, "kill", "Send a signal to a container", (parsed, cancellationToken) =>
        {
            var argument = ContainerArgument.Parse(parsed.GetRequiredValue(container));
            int number = parsed.GetValue(signal);
            return ConnectAsync(parsed, subscribe: false, async session =>
            {
                ContainerId id = await argument.ResolveAsync(session.Client, cancellationToken).ConfigureAwait(false);
                await session.Client.KillAsync(id, number, cancellationToken).ConfigureAwait(false);
                session.Write($"killed {id} with signal {number}");
                return ExitCode.Success;
            }, cancellationToken);
        });
        verb.Arguments.Add(container);
        verb.Arguments.Add(signal);
    }
}
