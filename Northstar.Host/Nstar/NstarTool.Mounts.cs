// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Api;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <content>Verbs for several containers at once.</content>
internal sealed partial class NstarTool
{
    private delegate Task<IReadOnlyList<ContainerResult>> ForEachContainer(
        NorthstarClient client, IReadOnlyList<ContainerId> containers, CancellationToken cancellationToken);

    private void AddMounts(Command parent)
    {
        AddMount(parent, "mount", "Mount containers", static (client, containers, token) => client.MountAsync(containers, token));
        AddMount(parent, "umount", "Unmount containers", static (client, containers, token) => client.UmountAsync(containers, token));
    }

    private void AddMount(Command parent, string name, string description, ForEachContainer request)
    {
        var containers = new Argument<string[]>("NAME[:VERSION]") { Description = "The containers", Arity = ArgumentArity.ZeroOrMore };
        LocalVerb(parent, name, description, (parsed, cancellationToken) =>
        {
            ContainerArgument[] arguments = Array.ConvertAll(parsed.GetValue(containers) ?? [], ContainerArgument.Parse);
            return ConnectAsync(parsed, subscribe: false, async session =>
            {
                var ids = new List<ContainerId>();
                foreach (ContainerArgument argument in arguments)
                {
                    ids.Add(await argument.ResolveAsync(session.Client, cancellationToken).ConfigureAwait(false));
                }

                return Report(session, await request(session.Client, ids, cancellationToken).ConfigureAwait(false));
            }, cancellationToken);
        }).Arguments.Add(containers);
    }

    // One row that failed makes the verb fail.
    private static ExitCode Report(Session session, IReadOnlyList<ContainerResult> results)
    {
        var table = new Table("Name", "Result");
        foreach (ContainerResult result in results)
        {
            table.Add(new Cell(result.Container.ToString(), CellStyle.Bold), new Cell(result.Error?.Description ?? "ok"));
        }

        session.Write(table);
        return results.All(static result => result.IsOk) ? ExitCode.Success : ExitCode.Failure;
    }
}
