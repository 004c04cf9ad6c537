// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux;
using Northstar.Runtime.Linux.Mounts;

namespace Northstar.Runtime.Containers;

/// <summary>A mounted image: the device and one detached mount of it. That mount is what <em>mounted</em> means; the kernel removes all of it when the runtime ends in any way.</summary>
internal sealed class MountedImage : IDisposable
{
    /// <summary>What the root of every container is mounted with.</summary>
    internal const ulong RootAttributes = Sys.MOUNT_ATTR_RDONLY | Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV;

    private const string FileSystem = "squashfs";

    private readonly IBlockDevice _device;
    private readonly IDisposable? _companion;
    private readonly string? _context;
    private readonly Lock _spareLock = new();
    private MountHandle? _spare;
    private bool _isDisposed;

    /// <summary>Takes ownership of the device and of what goes with it: with sealed memory the copy, with dm-verity the watch.</summary>
    internal MountedImage(ContainerId container, IBlockDevice device, IDisposable? companion, string? context, string integrity)
    {
        Container = container;
        _device = device;
        _companion = companion;
        _context = context;
        Integrity = integrity;
        Mount = NewMount(RootAttributes);
    }

    /// <summary>Gets whose image it is.</summary>
    internal ContainerId Container { get; }

    /// <summary>Gets the mount that keeps the super block alive. It is never attached anywhere.</summary>
    internal MountHandle Mount { get; }

    /// <summary>Gets how the image is protected: <c>none</c>, <c>dm-verity</c> or <c>sealed-memory</c>.</summary>
    internal string Integrity { get; }

    /// <summary>Makes one more detached mount of the same super block, for one launch.</summary>
    internal MountHandle NewMount(ulong attributes) =>
        DetachedMount.FromDevice(_device.Path, FileSystem, attributes, _context, _device.Name);

    /// <summary>Takes the mount that was made ahead for a launch, or makes one.</summary>
    internal MountHandle TakeRoot()
    {
        lock (_spareLock)
        {
            if (_spare is { } ready)
            {
                _spare = null;
                return ready;
            }
        }

        return NewMount(RootAttributes);
    }

    /// <summary>Makes the next launch's root ahead, while nothing waits for it. What fails here is tried again by that launch.</summary>
    internal void PrepareRoot()
    {
        lock (_spareLock)
        {
            try
            {
                _spare ??= _isDisposed ? null : NewMount(RootAttributes);
            }
            catch (LinuxException)
            {
                _spare = null;
            }
        }
    }

    /// <summary>Tells whether the image has a directory of this path.</summary>
    internal bool HasDirectory(string path)
    {
        try
        {
            Descriptors.OpenInRoot(Mount, path, Sys.O_PATH | Sys.O_DIRECTORY).Dispose();
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <summary>Unmounts several, and waits for the end of devices that nothing else uses.</summary>
    internal static void RemoveAll(IEnumerable<MountedImage> images)
    {
        foreach (MountedImage image in images)
        {
            image.Close();
            image._device.Remove();
        }
    }

    /// <summary>Unmounts. The device goes with its last mount.</summary>
    public void Dispose()
    {
        Close();
        _device.Dispose();
    }

    private void Close()
    {
        lock (_spareLock)
        {
            _isDisposed = true;
            _spare?.Dispose();
            _spare = null;
        }

        Mount.Dispose();
        _companion?.Dispose();
    }
}
