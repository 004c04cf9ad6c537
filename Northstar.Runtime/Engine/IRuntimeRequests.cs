// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Containers;

namespace Northstar.Runtime.Engine;

/// <summary>What the console asks of the engine. Failures are <see cref="RuntimeException"/>s.</summary>
internal interface IRuntimeRequests
{
    NotificationHub Notifications { get; }

    OutputHub Output { get; }

    Task<IReadOnlyList<ContainerId>> ListAsync();

    Task<IReadOnlyList<string>> RepositoriesAsync();

    Task<InspectData> InspectAsync(ContainerId id);

    Task<IReadOnlyList<ContainerStatistics>> StatisticsAsync();

    /// <summary>Says which start of which package has a name now: repository, key, container and number of the start; null when none is started.</summary>
    Task<string?> FindInstanceAsync(ContainerName name);

    Task CheckOutputAsync(ContainerId id, OutputStreams streams);

    Task<RuntimeException?[]> MountAsync(IReadOnlyList<ContainerId> ids);

    Task<RuntimeException?[]> UmountAsync(IReadOnlyList<ContainerId> ids);

    Task StartContainerAsync(ContainerId id, StartParameters parameters);

    Task KillAsync(ContainerId id, int signal);

    Task UninstallAsync(ContainerId id, bool wipe);

    /// <summary>Tells whether a process is one of the running container of a name (see <see cref="Linux.Cgroups.ProcessIdentity"/>).</summary>
    Task<bool> IsProcessOfAsync(ContainerName name, ulong process);

    Task SetFloorAsync(string repositoryId, ContainerId id);

    /// <summary>Reads all of a stored package again. Cancelling ends it.</summary>
    /// <param name="id">The container.</param>
    /// <param name="progress">Told how far it is, from any thread.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task VerifyAsync(ContainerId id, IProgress<VerifyProgress> progress, CancellationToken cancellationToken);

    Task<IInstallSession> BeginInstallAsync(string repositoryId, ulong sizeBytes, ImageHashing? image);

    void RequestShutdown();
}

/// <summary>How far a verification is.</summary>
internal readonly record struct VerifyProgress(long DoneBytes, long TotalBytes);

/// <summary>One install under way; see <see cref="InstallSession"/>.</summary>
internal interface IInstallSession : IAsyncDisposable
{
    /// <summary>Appends what arrived.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Verifies what was received and makes it part of the repository.</summary>
    /// <param name="isAllowed">Whether it may be this container, once that is known; null for any.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<ContainerId> CompleteAsync(Predicate<ContainerId>? isAllowed, CancellationToken cancellationToken);
}
