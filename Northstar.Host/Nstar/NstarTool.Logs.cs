// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <content>The verb that shows what a container writes.</content>
internal sealed partial class NstarTool
{
    private static Option<bool> Raw() => new("--raw") { Description = "Pass the bytes on as they are; without it, what a terminal would obey is escaped" };

    private void AddLogs(Command parent)
    {
        Argument<string> container = ContainerOf("The container");
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on over the ends and starts of the container, until interrupted" };
        var stream = new Option<string>("--stream") { Description = "Which of its streams", DefaultValueFactory = static _ => "both" };
        stream.AcceptOnlyFromAmong("both", "stdout", "stderr");
        Option<bool> raw = Raw();
        Command verb = LocalVerb(parent, "logs", "Show what a container writes from now on, until it ends", (parsed, cancellationToken) =>
        {
            var argument = ContainerArgument.Parse(parsed.GetRequiredValue(container));
            return ConnectAsync(parsed, subscribe: false, async session =>
            {
                ContainerId id = await argument.ResolveAsync(session.Client, cancellationToken).ConfigureAwait(false);
                bool stdout = parsed.GetRequiredValue(stream) != "stderr";
                bool stderr = parsed.GetRequiredValue(stream) != "stdout";
                OutputSubscription output = await session.Client.FollowOutputAsync(id, stdout, stderr, cancellationToken).ConfigureAwait(false);
                int streams = int.MaxValue;
                if (!parsed.GetValue(follow))
                {
                    InspectData data = await session.Client.InspectAsync(id, cancellationToken).ConfigureAwait(false);
                    streams = data.Process is not null
                        ? Streams(data.Manifest, stdout, stderr)
                        : throw new ToolException($"container {id} is not started; 'nstar logs --follow' waits for it, 'nstar start --follow' starts it");
                }

                await PrintAsync(session, output, parsed.GetValue(raw), streams, cancellationToken).ConfigureAwait(false);
                return ExitCode.Success;
            }, cancellationToken, extensions: true);
        });
        verb.Arguments.Add(container);
        Array.ForEach([follow, stream, raw], (Option option) => verb.Options.Add(option));
    }

    /// <summary>Prints output until so many streams ended, or the connection did.</summary>
    private static async Task PrintAsync(Session session, OutputSubscription output, bool raw, int streams, CancellationToken cancellationToken)
    {
        var printer = new OutputPrinter(session, raw);
        await foreach (Notification part in output.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            printer.Print(part);
            if (part is Notification.OutputEnd && --streams == 0)
            {
                break;
            }
        }

        printer.Finish();
    }

    /// <summary>Counts the streams that the manifest does not discard.</summary>
    private static int Streams(Manifest manifest, bool stdout, bool stderr) =>
        (stdout && manifest.Io is { Stdout: not OutputMode.Discard } ? 1 : 0) + (stderr && manifest.Io is { Stderr: not OutputMode.Discard } ? 1 : 0);
}
