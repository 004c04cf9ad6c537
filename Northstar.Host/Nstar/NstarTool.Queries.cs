// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Api;
using Northstar.Host.Configuration;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <content>Verbs that only look.</content>
internal sealed partial class NstarTool
{
    private void AddQueries(Command parent)
    {
        Verb(parent, "ident", "Show the identity of this connection", static async (session, _, cancellationToken) =>
        {
            session.Write((await session.Client.IdentAsync(cancellationToken).ConfigureAwait(false)).ToString());
            return ExitCode.Success;
        });
        Verb(parent, "list", "List the installed containers", static (session, _, cancellationToken) => ListAsync(session, cancellationToken))
            .Aliases.Add("ls");
        Verb(parent, "repositories", "List the repositories", static async (session, _, cancellationToken) =>
        {
            var table = new Table("Name");
            foreach (string id in (await session.Client.RepositoriesAsync(cancellationToken).ConfigureAwait(false)).Order(StringComparer.Ordinal))
            {
                table.Add(new Cell(id, CellStyle.Bold));
            }

            session.Write(table);
            return ExitCode.Success;
        }).Aliases.Add("repos");
        AddInspect(parent);
        AddNotifications(parent);
    }

    private void AddInspect(Command parent)
    {
        Argument<string> container = ContainerOf("The container");
        LocalVerb(parent, "inspect", "Show what the runtime knows about a container, as JSON", (parsed, cancellationToken) =>
        {
            var argument = ContainerArgument.Parse(parsed.GetRequiredValue(container));
            return ConnectAsync(parsed, subscribe: false, async session =>
            {
                ContainerId id = await argument.ResolveAsync(session.Client, cancellationToken).ConfigureAwait(false);
                session.WriteLines(InspectText.Format(await session.Client.InspectAsync(id, cancellationToken).ConfigureAwait(false)));
                return ExitCode.Success;
            }, cancellationToken, extensions: true);
        }).Arguments.Add(container);
    }

    private void AddNotifications(Command parent)
    {
        var number = new Option<ulong?>("--number", "-n") { Description = "Stop after so many", HelpName = "N" };
        LocalVerb(parent, "notifications", "Print notifications as they come", (parsed, cancellationToken) =>
            ConnectAsync(parsed, subscribe: true, async session =>
            {
                ulong left = parsed.GetValue(number) ?? ulong.MaxValue;
                if (left == 0)
                {
                    return ExitCode.Success;
                }

                await foreach (Notification notification in session.Client.ReadNotificationsAsync(cancellationToken).ConfigureAwait(false))
                {
                    session.Write(NotificationText.Format(notification));
                    if (--left == 0)
                    {
                        break;
                    }
                }

                return ExitCode.Success;
            }, cancellationToken)).Options.Add(number);
    }

    private static async Task<ExitCode> ListAsync(Session session, CancellationToken cancellationToken)
    {
        var rows = new List<InspectData>();
        foreach (ContainerId id in await session.Client.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                rows.Add(await session.Client.InspectAsync(id, cancellationToken).ConfigureAwait(false));
            }
            catch (ApiException e) when (e.Error is ApiError.InvalidContainer)
            {
                // It was uninstalled since the list was made.
            }
        }

        var table = new Table("Name", "Version", "Repository", "Type", "Mounted", "PID", "Uptime");
        foreach (InspectData data in rows.OrderBy(static d => d.Manifest.IsResource).ThenBy(static d => d.Manifest.Id))
        {
            table.Add(
                new Cell(data.Manifest.Name.ToString(), CellStyle.Bold),
                new Cell(data.Manifest.Version.ToString()),
                new Cell(data.Repository),
                data.Manifest.IsResource ? new Cell("resource", CellStyle.Green) : new Cell("app", CellStyle.Blue),
                data.Mounted ? new Cell("yes", CellStyle.Yellow) : new Cell("no", CellStyle.Cyan),
                new Cell(data.Process?.Pid.ToString() ?? "", CellStyle.Green),
                new Cell(data.Process is { } process ? DurationText.Format(process.UptimeNanoseconds) : ""));
        }

        session.Write(table);
        return ExitCode.Success;
    }

    private static Argument<string> ContainerOf(string description) =>
        new("NAME[:VERSION]") { Description = description };
}
