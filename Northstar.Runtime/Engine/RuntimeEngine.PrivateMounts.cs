// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Containers;

namespace Northstar.Runtime.Engine;

/// <summary>Images that one start has for itself.</summary>
internal sealed partial class RuntimeEngine
{
    /// <summary>Mounts what a start needs, each resource once. The second value has the images that belong to this start alone.</summary>
    private async Task<(Dictionary<string, MountedImage> Images, IReadOnlyList<MountedImage> Own)> MountResourcesAsync(
        Container container, Dictionary<string, Container> resources)
    {
        bool isPrivate = container.Repository.Options.PrivateResources;
        var mounts = resources.Values.Distinct().ToDictionary(static r => r, r => isPrivate ? MountPrivateAsync(r) : EnsureMountedAsync(r));
        await ((Task)Task.WhenAll(mounts.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        MountedImage[] own = isPrivate ? [.. mounts.Values.Where(static m => m.IsCompletedSuccessfully).Select(static m => m.Result)] : [];
        try
        {
            await Task.WhenAll(mounts.Values).ConfigureAwait(true);
        }
        catch
        {
            await Task.Run(() => MountedImage.RemoveAll(own)).ConfigureAwait(true);
            throw;
        }

        return (resources.ToDictionary(static r => r.Key, r => mounts[r.Value].Result), own);
    }

    private async Task<MountedImage> MountPrivateAsync(Container resource)
    {
        if (resource.Quarantine is not null)
        {
            throw Quarantined(resource);
        }

        try
        {
            return await Task.Run(() => Mount(resource)).ConfigureAwait(true);
        }
        catch (Exception e) when (e is LinuxException or NpkException or IOException or UnauthorizedAccessException)
        {
            throw RuntimeException.Unexpected($"mount {resource.Id}: {e.Message}", e);
        }
    }
}
