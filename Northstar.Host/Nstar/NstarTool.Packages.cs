// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Api;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <content>Verbs that bring packages in and take them out.</content>
internal sealed partial class NstarTool
{
    private void AddPackages(Command parent)
    {
        AddInstall(parent);
        AddUninstall(parent);
        AddVerify(parent);
        AddFloor(parent);
    }

    private void AddInstall(Command parent)
    {
        var path = new Argument<string>("NPK") { Description = "The package" };
        var repository = new Argument<string>("REPOSITORY") { Description = "The repository that gets it" };
        Command verb = LocalVerb(parent, "install", "Install a package", async (parsed, cancellationToken) =>
        {
            string file = parsed.GetRequiredValue(path);
            string target = parsed.GetRequiredValue(repository);
            FileStream stream = Open(file);
            await using (stream.ConfigureAwait(false))
            {
                return await ConnectAsync(
                    parsed, subscribe: false, session => InstallAsync(session, stream, file, target, cancellationToken), cancellationToken,
                    extensions: true).ConfigureAwait(false);
            }
        });
        verb.Arguments.Add(path);
        verb.Arguments.Add(repository);
    }

    private static async Task<ExitCode> InstallAsync(
        Session session, FileStream stream, string path, string repository, CancellationToken cancellationToken)
    {
        using var progress = new ByteProgress(session.Streams, $"install {path}", stream.Length);
        try
        {
            ContainerId id = await session.Client.InstallAsync(stream, stream.Length, repository, progress, cancellationToken).ConfigureAwait(false);
            progress.Dispose();
            session.Write($"installed {path} in {repository} as {id}");
            return ExitCode.Success;
        }
        catch (Exception e) when (e is ApiException or IOException or ArgumentException)
        {
            throw new ToolException($"install {Printable.Line(path)} in {Printable.Line(repository)} failed", e);
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ToolException($"open package {path}: {e.Message}", e);
        }
    }

    private void AddUninstall(Command parent)
    {
        var wipe = new Option<bool>("--wipe", "-w") { Description = "Remove the container's persistent data too" };
        Argument<string> container = ContainerOf("The container");
        Command verb = LocalVerb(parent, "uninstall", "Remove a container", (parsed, cancellationToken) =>
        {
            var argument = ContainerArgument.Parse(parsed.GetRequiredValue(container));
            bool all = parsed.GetValue(wipe);
            return ConnectAsync(parsed, subscribe: false, async session =>
            {
                ContainerId id = await argument.ResolveAsync(session.Client, cancellationToken).ConfigureAwait(false);
                await session.Client.UninstallAsync(id, all, cancellationToken).ConfigureAwait(false);
                session.Write($"uninstalled {id}");
                return ExitCode.Success;
            }, cancellationToken);
        });
        verb.Options.Add(wipe);
        verb.Arguments.Add(container);
    }
}
