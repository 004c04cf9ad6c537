// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Runtime.Linux.Mounts;

namespace Northstar.Runtime.Containers;

/// <summary>Turns the mounts of a manifest into those of a plan: sources opened, flags resolved, parents before children.</summary>
internal sealed class MountPlanner(RuntimeOptions options, string socketDirectory, ILogger logger)
{
    private const ulong Hardened = Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV | Sys.MOUNT_ATTR_NOEXEC;

    /// <summary>A node can be opened to write all the same; its owner cannot change its mode.</summary>
    private const ulong Node = Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NOEXEC | Sys.MOUNT_ATTR_RDONLY;

    /// <summary>What a tmpfs may hold in inodes for each of its bytes: one in 4 KiB, as the kernel's default has it for memory.</summary>
    private const ulong TmpfsBytesPerInode = 4096;

    // Some come with a module, at any time: init passes over what the kernel does not have at that moment.
    private static readonly string[] s_maskedProc =
    [
        "acpi/", "asound/", "interrupts", "kcore", "key-users", "keys", "latency_stats", "sched_debug", "scsi/", "timer_list", "timer_stats",
    ];

    private static readonly string[] s_maskedSys = ["firmware/", "devices/virtual/powercap/", "kernel/debug/"];

    private readonly PersistDirectory _persist = new(options, logger);

    /// <summary>Plans the mounts. What is opened for them goes into <paramref name="opened"/>, which the caller closes after the launch.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="root">The container's own image.</param>
    /// <param name="resources">The image of each resource mount, by target.</param>
    /// <param name="sources">The sources of the bind mounts; null when there are none.</param>
    /// <param name="opened">Takes the descriptors.</param>
    /// <param name="cancellationToken">Gives up what may take long.</param>
    internal List<PlannedMount> Plan(
        Manifest manifest, MountedImage root, IReadOnlyDictionary<string, MountedImage> resources, OpenedSources? sources, List<SafeHandle> opened,
        CancellationToken cancellationToken)
    {
        var mounts = new List<PlannedMount>();
        foreach (string target in InOrder(manifest.Mounts.Keys))
        {
            Mount mount = manifest.Mounts[target];
            if (mount is Mount.Dev)
            {
                mounts.AddRange(PlanDev(manifest, target, opened));
            }
            else if (Plan(manifest, target, mount, resources, sources, opened, cancellationToken) is { } planned)
            {
                mounts.Add(planned);
            }
        }

        // Without a dev mount of its own a container gets the minimal one: nodes packed into an image do not work, its root is nodev.
        if (!manifest.Mounts.ContainsKey("/dev") && root.HasDirectory("/dev"))
        {
            mounts.InsertRange(0, PlanDev(manifest, "/dev", opened));
        }

        return mounts;
    }

    /// <summary>Returns what to hide below the proc and sysfs mounts of a manifest, as far as the kernel has it.</summary>
    internal static IReadOnlyList<string> MaskedPaths(Manifest manifest)
    {
        var paths = new List<string>();
        foreach ((string target, Mount mount) in manifest.Mounts)
        {
            string[] names = mount switch
            {
                Mount.Proc => s_maskedProc,
                Mount.Sysfs => s_maskedSys,
                _ => [],
            };
            paths.AddRange(names.Select(name => $"{target.TrimEnd('/')}/{name}"));
        }

        return paths;
    }

    /// <summary>By components, so that a parent comes before what lies in it.</summary>
    private static IEnumerable<string> InOrder(IEnumerable<string> targets) =>
        targets.OrderBy(static t => t.Split('/', StringSplitOptions.RemoveEmptyEntries).Length).ThenBy(static t => t, StringComparer.Ordinal);

    private PlannedMount? Plan(
        Manifest manifest, string target, Mount mount, IReadOnlyDictionary<string, MountedImage> resources, OpenedSources? sources, List<SafeHandle> opened,
        CancellationToken cancellationToken)
    {
        switch (mount)
        {
            case Mount.Bind bind:
                return PlanBind(manifest, target, bind, sources!, opened);
            case Mount.Persist:
                return Attach(target, Opened(_persist.Mount(manifest, target, cancellationToken), opened));
            case Mount.Proc:
                return new PlannedMount(MountKind.Proc, target, Hardened | Sys.MOUNT_ATTR_RDONLY, Data: "source=proc");
            case Mount.Sysfs:
                return new PlannedMount(MountKind.Sysfs, target, Hardened | Sys.MOUNT_ATTR_RDONLY, Data: "source=sysfs");
            case Mount.Sockets:
                return Attach(target, Opened(DetachedMount.FromPath(socketDirectory, recursive: false, Hardened), opened));
            case Mount.Resource resource:
                return PlanResource(manifest.Id, target, resource, resources[target], opened);
            case Mount.Tmpfs tmpfs:
                return new PlannedMount(MountKind.Tmpfs, target, Hardened, Data: TmpfsData(tmpfs.SizeBytes));
            default:
                throw RuntimeException.Unexpected($"{manifest.Id}: the mount {target} is of an unknown type");
        }
    }

    /// <summary>The launcher's <c>/dev</c>, or one of the container's own when device rules name further nodes: each is put on a file there.</summary>
    private static IEnumerable<PlannedMount> PlanDev(Manifest manifest, string target, List<SafeHandle> opened)
    {
        string[] nodes = DeviceGrants.NodesBeside(manifest.Extensions.Devices);
        return nodes.Length == 0
            ? [new PlannedMount(MountKind.Dev, target, 0)]
            :
            [
                new PlannedMount(MountKind.DevWithNodes, target, 0, Data: string.Join('\n', nodes)),
                .. nodes.Select(node => Attach(
                    $"{target.TrimEnd('/')}/{node}",
                    Opened(DetachedMount.FromPath($"{DeviceGrants.HostDevices}/{node}", recursive: false, Node), opened))),
            ];
    }

    private PlannedMount? PlanBind(Manifest manifest, string target, Mount.Bind bind, OpenedSources sources, List<SafeHandle> opened)
    {
        try
        {
            return Attach(target, Opened(sources.Take(target), opened));
        }
        catch (LinuxException e) when (e.Errno == (int)Errno.ENOENT && MayBeMissing(manifest.Extensions, target))
        {
            Log.MissingBind(logger, manifest.Id, target, bind.Host);
            return null;
        }
        catch (LinuxException e)
        {
            throw new RuntimeException(RuntimeErrorCode.StartFailed, $"mount {target}: {e.Message}", manifest.Id, e);
        }
    }

    private bool MayBeMissing(ManifestExtensions extensions, string target) =>
        !extensions.RequiredMounts.Contains(target) && (options.MissingBind == MissingBind.Skip || extensions.OptionalMounts.Contains(target));

    private static PlannedMount PlanResource(
        ContainerId container, string target, Mount.Resource resource, MountedImage image, List<SafeHandle> opened)
    {
        ulong attributes = Attributes(resource.Options) | MountedImage.RootAttributes;
        try
        {
            Descriptors.OpenInRoot(image.Mount, resource.Directory, Sys.O_PATH | Sys.O_DIRECTORY).Dispose();
        }
        catch (LinuxException e) when ((Errno)e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
        {
            throw RuntimeException.MissingDirectory(container, image.Container, resource.Directory);
        }

        MountHandle mount = Opened(image.NewMount(attributes), opened);
        return resource.Directory.Trim('/').Length == 0
            ? Attach(target, mount)
            : new PlannedMount(MountKind.AttachDirectory, target, attributes, mount, resource.Directory);
    }

    /// <summary>A tmpfs without a limit of size is not limited in inodes either.</summary>
    private static string TmpfsData(ulong size) =>
        size == 0 ? "source=tmpfs,size=0,mode=1777" : $"source=tmpfs,size={size},nr_inodes={Math.Max(16, size / TmpfsBytesPerInode)},mode=1777";

    private static PlannedMount Attach(string target, SafeHandle mount) => new(MountKind.Attach, target, 0, mount);

    private static T Opened<T>(T handle, List<SafeHandle> opened)
        where T : SafeHandle
    {
        opened.Add(handle);
        return handle;
    }

    internal static ulong Attributes(MountOptions options) =>
        (options.HasFlag(MountOptions.NoExec) ? Sys.MOUNT_ATTR_NOEXEC : 0)
        | (options.HasFlag(MountOptions.NoSuid) ? Sys.MOUNT_ATTR_NOSUID : 0)
        | (options.HasFlag(MountOptions.NoDev) ? Sys.MOUNT_ATTR_NODEV : 0);
}
