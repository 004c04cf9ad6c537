// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Security.Cryptography;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Linux.Loop;

namespace Northstar.Runtime.Linux.Verity;

/// <summary>A dm-verity device over a loop device, read-only. The kernel removes both when nobody holds or uses it any more, however that comes about.</summary>
/// <remarks>
/// The device is told to go as soon as it is open here, so it lives by its users alone. Between its creation and that moment, a fraction of a
/// millisecond, the death of the process would leave it: <see cref="RemoveStale"/> of a later runtime removes it then.
/// </remarks>
internal sealed class VerityDevice : IBlockDevice
{
    private readonly DeviceMapper _mapper;
    private readonly DeviceMapperHandle _handle;

    private VerityDevice(DeviceMapper mapper, DeviceMapperHandle handle, string name, ulong number)
    {
        _mapper = mapper;
        _handle = handle;
        MapperName = name;
        Number = number;
    }

    /// <summary>Gets the name that the device mapper knows it by.</summary>
    internal string MapperName { get; }

    /// <summary>Gets the device's number, as mknod(2) takes it.</summary>
    internal ulong Number { get; }

    /// <summary>Gets the kernel's name, such as <c>dm-3</c>.</summary>
    public string Name => BlockNode.NameOf(Number);

    /// <summary>Gets a path that leads to the open device, whatever <c>/dev</c> holds.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_handle.DangerousGetHandle()}");

    /// <summary>Gets a value indicating whether a block did not match its hash since the device was made.</summary>
    internal bool IsCorrupted
    {
        get
        {
            try
            {
                return _mapper.ReadStatus(MapperName).StartsWith('C');
            }
            catch (LinuxException)
            {
                return false; // gone
            }
        }
    }

    /// <summary>Makes a device. The loop device may be closed afterwards, the new one holds it.</summary>
    /// <param name="mapper">The device mapper; it must stay open as long as the device.</param>
    /// <param name="image">The device with data, superblock and tree.</param>
    /// <param name="table">What to verify with.</param>
    /// <param name="timeout">How long to wait for the node, where the host makes it.</param>
    /// <exception cref="LinuxException">The kernel refuses. Nothing is left.</exception>
    internal static VerityDevice Create(DeviceMapper mapper, LoopDevice image, VerityTable table, TimeSpan timeout)
    {
        string name = DeviceOwner.Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        ulong number = mapper.Create(name, DeviceOwner.Current.NewUuid());
        DeviceMapperHandle? handle = null;
        try
        {
            mapper.Load(name, VerityTable.Target, table.LengthSectors, table.Format(image.Number));
            mapper.Resume(name);
            handle = BlockNode.Open(number, timeout);
            mapper.Remove(name);
            return new VerityDevice(mapper, handle, name, number);
        }
        catch
        {
            handle?.Dispose();
            TryRemove(mapper, name);
            throw;
        }
    }

    /// <summary>Removes devices of runtimes that were killed while they made one. Returns their names.</summary>
    internal static IReadOnlyList<string> RemoveStale(DeviceMapper mapper)
    {
        var removed = new List<string>();
        foreach (string name in mapper.List().Where(static n => n.StartsWith(DeviceOwner.Prefix, StringComparison.Ordinal)))
        {
            try
            {
                if (DeviceOwner.TryParse(mapper.ReadUuid(name)) is { HasEnded: true })
                {
                    mapper.Remove(name);
                    removed.Add(name);
                }
            }
            catch (LinuxException)
            {
                // It went by itself meanwhile.
            }
        }

        return removed;
    }

    /// <summary>Lets go of the device. It stays as long as a mount uses it.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>
    /// Lets go of a device that nothing uses, and waits until it is gone. The kernel's own removal comes later, one after another: who makes devices
    /// in vain faster than that would have more and more of them.
    /// </summary>
    public void Remove()
    {
        Dispose();
        TryRemove(_mapper, MapperName);
    }

    private static void TryRemove(DeviceMapper mapper, string name)
    {
        try
        {
            mapper.Remove(name);
        }
        catch (LinuxException)
        {
            // What failed first is what the caller has to know; the next start removes what may be left.
        }
    }
}
