// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Api;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <content>Verbs about what packages are worth: reading them again, and which versions may be used.</content>
internal sealed partial class NstarTool
{
    private void AddVerify(Command parent)
    {
        var containers = new Argument<string[]>("NAME[:VERSION]") { Description = "The containers", Arity = ArgumentArity.OneOrMore };
        LocalVerb(parent, "verify", "Read every block of installed packages again; a damaged one is refused from then on", (parsed, cancellationToken) =>
        {
            ContainerArgument[] arguments = [.. (parsed.GetValue(containers) ?? []).Select(ContainerArgument.Parse)];
            return ConnectAsync(
                parsed, subscribe: false, async session =>
                {
                    var results = new List<ContainerResult>();
                    foreach (ContainerArgument argument in arguments)
                    {
                        results.Add(await VerifyAsync(session, await argument.ResolveAsync(session.Client, cancellationToken).ConfigureAwait(false), cancellationToken)
                            .ConfigureAwait(false));
                    }

                    return Report(session, results);
                }, cancellationToken, extensions: true);
        }).Arguments.Add(containers);
    }

    private static async Task<ContainerResult> VerifyAsync(Session session, ContainerId id, CancellationToken cancellationToken)
    {
        using var line = new VerifyLine(session.Streams, id);
        try
        {
            await session.Client.VerifyAsync(id, line, cancellationToken).ConfigureAwait(false);
            return new ContainerResult(id);
        }
        catch (ApiException e) when (e.Error is { } error)
        {
            return new ContainerResult(id, error);
        }
    }

    private void AddFloor(Command parent)
    {
        var container = new Argument<string>("NAME:VERSION") { Description = "The name and its lowest version" };
        var repository = new Argument<string>("REPOSITORY") { Description = "The repository, which learns lowest versions" };
        Command verb = LocalVerb(parent, "floor", "Set the lowest version of a name that may be installed and started, also downwards", (parsed, cancellationToken) =>
        {
            if (!ContainerId.TryParse(parsed.GetRequiredValue(container), out ContainerId id))
            {
                throw new ToolException($"floor: '{Printable.Line(parsed.GetRequiredValue(container))}' is no NAME:VERSION");
            }

            string target = parsed.GetRequiredValue(repository);
            return ConnectAsync(
                parsed, subscribe: false, async session =>
                {
                    await session.Client.SetFloorAsync(target, id, cancellationToken).ConfigureAwait(false);
                    session.Write($"{id} is the lowest version in {target}");
                    return ExitCode.Success;
                }, cancellationToken, extensions: true);
        });
        verb.Arguments.Add(container);
        verb.Arguments.Add(repository);
    }

    /// <summary>Shows the progress that the runtime tells. How much there is to do is known with the first word.</summary>
    private sealed class VerifyLine(Streams streams, ContainerId id) : IProgress<Notification.Verifying>, IDisposable
    {
        private ByteProgress? _line;

        public void Report(Notification.Verifying value)
        {
            _line ??= new ByteProgress(streams, $"verify {id}", (long)value.TotalBytes);
            _line.Report((long)value.DoneBytes);
        }

        public void Dispose() => _line?.Dispose();
    }
}
