// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Containers;

namespace Northstar.Runtime.Engine;

/// <summary>The engine as the console sees it.</summary>
internal sealed partial class RuntimeEngine : IRuntimeRequests
{
    NotificationHub IRuntimeRequests.Notifications => Notifications;

    Task<IReadOnlyList<ContainerId>> IRuntimeRequests.ListAsync() => ListAsync();

    Task<IReadOnlyList<string>> IRuntimeRequests.RepositoriesAsync() => RepositoriesAsync();

    Task<InspectData> IRuntimeRequests.InspectAsync(ContainerId id) => InspectAsync(id);

    OutputHub IRuntimeRequests.Output => Output;

    Task<IReadOnlyList<ContainerStatistics>> IRuntimeRequests.StatisticsAsync() => StatisticsAsync();

    Task<bool> IRuntimeRequests.IsProcessOfAsync(ContainerName name, ulong process) => IsProcessOfAsync(name, process);

    Task<string?> IRuntimeRequests.FindInstanceAsync(ContainerName name) => FindInstanceAsync(name);

    Task IRuntimeRequests.CheckOutputAsync(ContainerId id, OutputStreams streams) => CheckOutputAsync(id, streams);

    Task<RuntimeException?[]> IRuntimeRequests.MountAsync(IReadOnlyList<ContainerId> ids) => MountAsync(ids);

    Task<RuntimeException?[]> IRuntimeRequests.UmountAsync(IReadOnlyList<ContainerId> ids) => UmountAsync(ids);

    Task IRuntimeRequests.StartContainerAsync(ContainerId id, StartParameters parameters) => StartContainerAsync(id, parameters);

    Task IRuntimeRequests.KillAsync(ContainerId id, int signal) => KillAsync(id, signal);

    Task IRuntimeRequests.UninstallAsync(ContainerId id, bool wipe) => UninstallAsync(id, wipe);

    Task IRuntimeRequests.SetFloorAsync(string repositoryId, ContainerId id) => SetFloorAsync(repositoryId, id);

    Task IRuntimeRequests.VerifyAsync(ContainerId id, IProgress<VerifyProgress> progress, CancellationToken cancellationToken) =>
        VerifyAsync(id, progress, cancellationToken);

    async Task<IInstallSession> IRuntimeRequests.BeginInstallAsync(string repositoryId, ulong sizeBytes, ImageHashing? image) =>
        await BeginInstallAsync(repositoryId, sizeBytes, image).ConfigureAwait(false);

    void IRuntimeRequests.RequestShutdown() => RequestShutdown();
}
