// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Linux.Loop;
using Northstar.Runtime.Linux.Verity;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Containers;

/// <summary>Mounts the images of packages. Works outside the strand; images may be mounted at the same time.</summary>
internal sealed class ImageMounter : IDisposable
{
    internal const string NoIntegrity = "none";
    internal const string SealedMemory = "sealed-memory";
    internal const string DmVerity = "dm-verity";

    private readonly IntegrityMode _mode;
    private readonly TimeSpan _loopTimeout;
    private readonly TimeSpan _nodeTimeout;
    private readonly DeviceMapper? _mapper;
    private readonly VerityWatch? _watch;

    /// <summary>Chooses, once for the life of the runtime, how images of repositories with a key are protected.</summary>
    /// <exception cref="LinuxException">dm-verity is asked for by name, and the kernel does not have it.</exception>
    internal ImageMounter(RuntimeOptions options, bool hasSelinux)
    {
        _mode = options.Integrity;
        _loopTimeout = options.LoopDeviceTimeout;
        _nodeTimeout = options.DeviceMapperDeviceTimeout;
        HasSelinux = hasSelinux;
        if (_mode == IntegrityMode.SealedMemory)
        {
            Reason = "as configured";
            return;
        }

        try
        {
            _mapper = DeviceMapper.Open();
            _mapper.CheckTarget(VerityTable.Target);
            _watch = new VerityWatch();
            Reason = _mode == IntegrityMode.Auto ? "the kernel has it" : "as configured";
        }
        catch (LinuxException e) when (_mode == IntegrityMode.Auto)
        {
            _mapper?.Dispose();
            _mapper = null;
            Reason = $"no dm-verity: {e.Message}";
        }
        catch
        {
            _mapper?.Dispose();
            throw;
        }
    }

    /// <summary>Gets the way taken for images of directories with a key: <c>dm-verity</c> or <c>sealed-memory</c>. It never changes.</summary>
    internal string Chosen => _mapper is null ? SealedMemory : DmVerity;

    /// <summary>Gets a value indicating whether the machine has SELinux.</summary>
    internal bool HasSelinux { get; }

    /// <summary>Gets why.</summary>
    internal string Reason { get; }

    /// <summary>Mounts an image.</summary>
    /// <param name="stored">The package.</param>
    /// <param name="isVerified">Whether its repository has a key. Then what is mounted is verified on every read, or before and sealed.</param>
    /// <param name="onCorrupted">
    /// Called from any thread, once at most, when a part of the image does not match its hash tree, now or as long as it is mounted.
    /// </param>
    /// <param name="onFileChanged">Called from any thread when somebody changes the file of an image that is mounted in place.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    /// <exception cref="NpkException">The image does not match its hash tree.</exception>
    internal MountedImage Mount(StoredPackage stored, bool isVerified, Action<string> onCorrupted, Action onFileChanged)
    {
        NpkPackage package = stored.Package;
        string? context = HasSelinux ? package.Manifest.Selinux?.MountContext : null;
        if (!isVerified)
        {
            return New(package, AttachInPlace(package), null, context, NoIntegrity);
        }

        // A package in memory was sealed before it was verified: nothing has changed since, and nothing can.
        bool isSealed = stored.Location is null;
        if (_mapper is not null && (!isSealed || _mode == IntegrityMode.DmVerity))
        {
            int told = 0;
            return MountVerityDevice(_mapper, package, context, onFileChanged, what =>
            {
                if (Interlocked.Exchange(ref told, 1) == 0)
                {
                    onCorrupted(what);
                }
            });
        }

        if (isSealed)
        {
            return New(package, AttachInPlace(package), null, context, SealedMemory);
        }

        try
        {
            return MountCopy(package, context);
        }
        catch (NpkException e) when (e.Code == NpkErrorCode.Corrupted)
        {
            onCorrupted(e.Message);
            throw;
        }
    }

    /// <summary>Removes what a runtime left that was killed while it made a device. Returns the names.</summary>
    internal IReadOnlyList<string> RemoveStaleDevices() => _mapper is null ? [] : VerityDevice.RemoveStale(_mapper);

    /// <summary>Closes the device mapper. Images must be unmounted before.</summary>
    public void Dispose()
    {
        _watch?.Dispose();
        _mapper?.Dispose();
    }

    private LoopDevice AttachInPlace(NpkPackage package) =>
        LoopDevice.Attach(package.Handle, package.Image.OffsetBytes, package.SquashfsLengthBytes, _loopTimeout);

    /// <summary>The device is made of what was checked when the package was opened; only the root hash, which is signed, decides what may be read.</summary>
    private VerityDevice CreateVerityDevice(DeviceMapper mapper, NpkPackage package)
    {
        VerityInfo verity = package.Verity ?? throw new InvalidDataException($"package {package.Manifest.Id} was opened without a key");
        var table = new VerityTable(verity.Superblock.DataBlocks, verity.HashStartBlock, verity.RootHash.Bytes.ToArray(), verity.Superblock.Salt.ToArray());
        using LoopDevice image = LoopDevice.Attach(package.Handle, package.Image.OffsetBytes, package.Image.LengthBytes, _loopTimeout);
        return VerityDevice.Create(mapper, image, table, _nodeTimeout);
    }

    private MountedImage MountVerityDevice(DeviceMapper mapper, NpkPackage package, string? context, Action onFileChanged, Action<string> onCorrupted)
    {
        VerityDevice device = CreateVerityDevice(mapper, package);
        IDisposable? watch = null;
        try
        {
            watch = _watch!.Add(device, package.Handle, onCorrupted, onFileChanged);
            return new MountedImage(package.Manifest.Id, device, watch, context, DmVerity);
        }
        catch (LinuxException) when (device.IsCorrupted)
        {
            onCorrupted("a block that the mount reads does not match its hash");
            watch?.Dispose();
            device.Remove();
            throw;
        }
        catch
        {
            watch?.Dispose();
            device.Remove();
            throw;
        }
    }

    private MountedImage MountCopy(NpkPackage package, string? context)
    {
        SafeFileHandle readOnly;
        using (SafeFd memfd = Descriptors.NewMemfd("northstar-image"))
        {
            using (var target = new SafeFileHandle(memfd.DangerousGetHandle(), ownsHandle: false))
            {
                package.CopyVerifiedImage(target);
            }

            Descriptors.Seal(memfd);
            readOnly = Descriptors.ReopenReadOnly(memfd).ToFileHandle();
        }

        try
        {
            return New(package, LoopDevice.Attach(readOnly, 0, package.SquashfsLengthBytes, _loopTimeout), readOnly, context, SealedMemory);
        }
        catch
        {
            readOnly.Dispose();
            throw;
        }
    }

    private static MountedImage New(NpkPackage package, LoopDevice device, IDisposable? companion, string? context, string integrity)
    {
        try
        {
            return new MountedImage(package.Manifest.Id, device, companion, context, integrity);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }
}
