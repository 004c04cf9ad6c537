// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Verity;

/// <summary>Talks to the device mapper through its control node. All members are thread-safe.</summary>
/// <remarks>
/// linux/dm-ioctl.h. udev is told by each request that makes an event to leave the device alone: no rule makes links for it, and nobody
/// looks for file systems on what was not verified yet. Nothing here waits for udev.
/// </remarks>
internal sealed unsafe class DeviceMapper : IDisposable
{
    /// <summary>Where the control node is on Linux and on Android.</summary>
    private static readonly string[] s_controlPaths = ["/dev/mapper/control", "/dev/device-mapper"];

    private const uint LeaveAlone = (Sys.DM_UDEV_DISABLE_DM_RULES_FLAG | Sys.DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG | Sys.DM_UDEV_DISABLE_DISK_RULES_FLAG
        | Sys.DM_UDEV_DISABLE_OTHER_RULES_FLAG | Sys.DM_UDEV_DISABLE_LIBRARY_FALLBACK) << Sys.DM_UDEV_FLAGS_SHIFT;

    private const int AnswerBytes = 4096;
    private const int MaxAnswerBytes = 4 << 20;

    private readonly SafeFd _control;

    private DeviceMapper(SafeFd control) => _control = control;

    /// <summary>Opens the control node and checks that the kernel's interface is the one that is spoken here.</summary>
    /// <exception cref="LinuxException">There is no device mapper, or the runtime has no right to use it.</exception>
    internal static DeviceMapper Open()
    {
        string path = s_controlPaths.FirstOrDefault(File.Exists, s_controlPaths[0]);
        var mapper = new DeviceMapper(Descriptors.Open(path, Sys.O_RDWR, "open device mapper"));
        try
        {
            mapper.Call(Sys.DM_VERSION, "DM_VERSION", DeviceMapperRequest.New(""), path);
            return mapper;
        }
        catch
        {
            mapper.Dispose();
            throw;
        }
    }

    /// <summary>Asks for a target, whose module the kernel loads if there is one.</summary>
    /// <exception cref="LinuxException">The kernel has no such target.</exception>
    internal void CheckTarget(string target) =>
        Call(Sys.DM_GET_TARGET_VERSION, "DM_GET_TARGET_VERSION", DeviceMapperRequest.New(target, payloadBytes: AnswerBytes), target);

    /// <summary>Creates a device without a table. Returns its number, as mknod(2) takes it.</summary>
    internal ulong Create(string name, string uuid)
    {
        byte[] request = DeviceMapperRequest.Create(name, uuid);
        Call(Sys.DM_DEV_CREATE, "DM_DEV_CREATE", request, name);
        return DeviceMapperRequest.Header(request).dev;
    }

    /// <summary>Loads a table of one target, read-only.</summary>
    internal void Load(string name, string target, ulong lengthSectors, string parameters) =>
        Call(Sys.DM_TABLE_LOAD, "DM_TABLE_LOAD", DeviceMapperRequest.Load(name, target, lengthSectors, parameters), name);

    /// <summary>Makes the loaded table the live one.</summary>
    internal void Resume(string name)
    {
        byte[] request = DeviceMapperRequest.New(name);
        DeviceMapperRequest.Header(request).event_nr = LeaveAlone;
        Call(Sys.DM_DEV_SUSPEND, "DM_DEV_SUSPEND", request, name);
    }

    /// <summary>Removes a device now, or, when something has it open, as soon as nothing has. A device that is gone already is no error.</summary>
    internal void Remove(string name)
    {
        byte[] request = DeviceMapperRequest.New(name, Sys.DM_DEFERRED_REMOVE);
        DeviceMapperRequest.Header(request).event_nr = LeaveAlone;
        try
        {
            Call(Sys.DM_DEV_REMOVE, "DM_DEV_REMOVE", request, name);
        }
        catch (LinuxException e) when (e.Errno == (int)Errno.ENXIO)
        {
        }
    }

    /// <summary>Returns the status of a device's target; for verity <c>V</c>, or <c>C</c> once a block did not match.</summary>
    internal string ReadStatus(string name) => ReadTarget(name, 0);

    /// <summary>Returns the parameters of a device's target as the kernel has them.</summary>
    internal string ReadTable(string name) => ReadTarget(name, Sys.DM_STATUS_TABLE_FLAG);

    /// <summary>Returns the names of all devices of the machine.</summary>
    internal IReadOnlyList<string> List() =>
        DeviceMapperRequest.ReadNames(Ask(Sys.DM_LIST_DEVICES, "DM_LIST_DEVICES", "", 0));

    /// <summary>Returns the UUID of a device.</summary>
    internal string ReadUuid(string name)
    {
        byte[] request = DeviceMapperRequest.New(name);
        Call(Sys.DM_DEV_STATUS, "DM_DEV_STATUS", request, name);
        return DeviceMapperRequest.ReadUuid(request);
    }

    public void Dispose() => _control.Dispose();

    private string ReadTarget(string name, uint flags) =>
        DeviceMapperRequest.ReadTargetText(Ask(Sys.DM_TABLE_STATUS, "DM_TABLE_STATUS", name, flags));

    /// <summary>Asks again with more room as long as the kernel says that the answer does not fit.</summary>
    private byte[] Ask(nuint code, string operation, string name, uint flags)
    {
        for (int room = AnswerBytes; ; room *= 4)
        {
            byte[] request = DeviceMapperRequest.New(name, flags, room);
            Call(code, operation, request, name);
            if ((DeviceMapperRequest.Header(request).flags & Sys.DM_BUFFER_FULL_FLAG) == 0)
            {
                return request;
            }

            if (room >= MaxAnswerBytes)
            {
                throw new LinuxException((int)Errno.ENOMEM, operation, name);
            }
        }
    }

    private void Call(nuint code, string operation, byte[] request, string subject)
    {
        using var control = new Borrow(_control);
        fixed (byte* buffer = request)
        {
            if (Sys.ioctl(control.Fd, code, buffer) < 0)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), operation, subject);
            }
        }
    }
}
