// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Loop;

/// <summary>A loop device over a part of a file, read-only. The kernel detaches it when its last user is gone (LO_FLAGS_AUTOCLEAR).</summary>
internal sealed unsafe class LoopDevice : IBlockDevice
{
    private const string ControlPath = "/dev/loop-control";

    /// <summary>Android keeps the nodes of block devices in a directory of their own.</summary>
    private static readonly string s_nodes = Directory.Exists("/dev/block") && !File.Exists("/dev/loop0") ? "/dev/block/loop" : "/dev/loop";

    /// <summary>dm-verity and squashfs work in blocks of this size.</summary>
    private const uint PreferredBlockSize = 4096;
    private const uint SmallestBlockSize = 512;

    /// <summary>The first pause after somebody else took the device that was free a moment ago.</summary>
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(1);

    private readonly SafeFd _device;

    private LoopDevice(SafeFd device, string path)
    {
        _device = device;
        Path = path;
    }

    /// <summary>Gets the device's path.</summary>
    public string Path { get; }

    /// <summary>Gets the device's path: people know it by that.</summary>
    public string Name => Path;

    /// <summary>Gets the device's number, <c>MAJOR:MINOR</c>.</summary>
    internal string Number
    {
        get
        {
            ulong device = Descriptors.DeviceOf(_device);
            return string.Create(CultureInfo.InvariantCulture, $"{Sys.major(device)}:{Sys.minor(device)}");
        }
    }

    /// <summary>Sets up a device over <paramref name="lengthBytes"/> bytes at <paramref name="offsetBytes"/> of a file.</summary>
    /// <exception cref="LinuxException">No device could be had within <paramref name="timeout"/>, or the kernel refuses.</exception>
    internal static LoopDevice Attach(SafeHandle backingFile, long offsetBytes, long lengthBytes, TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan pause = s_firstPause;
        using SafeFd control = Descriptors.Open(ControlPath, Sys.O_RDWR);
        while (true)
        {
            LoopDevice? device = TryAttach(control, backingFile, offsetBytes, lengthBytes, out int errno, out string operation);
            if (device is not null)
            {
                return device;
            }

            bool race = (Errno)errno is Errno.EBUSY or Errno.EAGAIN or Errno.ENOENT or Errno.ENXIO;
            if (!race || Stopwatch.GetElapsedTime(start) + pause > timeout)
            {
                throw new LinuxException(errno, operation, ControlPath);
            }

            Thread.Sleep(pause);
            pause *= 2;
        }
    }

    /// <summary>Lets go of the device. It stays as long as a mount uses it.</summary>
    public void Dispose() => _device.Dispose();

    /// <summary>Lets go of the device: the kernel detaches it at once when nothing uses it.</summary>
    public void Remove() => Dispose();

    private static LoopDevice? TryAttach(SafeFd control, SafeHandle backingFile, long offsetBytes, long lengthBytes, out int errno, out string operation)
    {
        operation = "LOOP_CTL_GET_FREE";
        using var controlFd = new Borrow(control);
        int number = Sys.ioctl(controlFd.Fd, Sys.LOOP_CTL_GET_FREE, null);
        errno = Marshal.GetLastPInvokeError();
        if (number < 0)
        {
            return null;
        }

        operation = "open";
        string path = s_nodes + number.ToString(CultureInfo.InvariantCulture);
        var device = new SafeFd();
        int fd;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            fd = Sys.open(name, Sys.O_RDONLY | Sys.O_CLOEXEC, 0);
        }

        errno = Marshal.GetLastPInvokeError();
        if (fd < 0)
        {
            device.Dispose();
            return null;
        }

        device.Take(fd, "open", path);
        operation = "LOOP_CONFIGURE";
        errno = Configure(fd, backingFile, offsetBytes, lengthBytes);
        if (errno == 0)
        {
            operation = "LOOP_GET_STATUS64";
            errno = Check(fd, backingFile);
        }

        if (errno == 0)
        {
            return new LoopDevice(device, path);
        }

        device.Dispose();
        return null;
    }

    /// <summary>Asks the kernel which file the device is over: it must be the one that was verified.</summary>
    private static int Check(int device, SafeHandle backingFile)
    {
        using var file = new Borrow(backingFile);
        Sys.loop_info64 info;
        Sys.statx_result status;
        fixed (byte* empty = "\0"u8)
        {
            if (Sys.ioctl(device, Sys.LOOP_GET_STATUS64, &info) != 0 || Sys.statx(file.Fd, empty, Sys.AT_EMPTY_PATH, Sys.STATX_INO, &status) != 0)
            {
                return Marshal.GetLastPInvokeError();
            }
        }

        bool isSame = info.lo_inode == status.stx_ino && Sys.major(info.lo_device) == status.stx_dev_major && Sys.minor(info.lo_device) == status.stx_dev_minor;
        return isSame ? 0 : (int)Errno.ESTALE;
    }

    /// <summary>One call sets file, offset, limit and flags, so that no moment exists in which the device shows anything else (Linux 5.8).</summary>
    private static int Configure(int device, SafeHandle backingFile, long offsetBytes, long lengthBytes)
    {
        using var file = new Borrow(backingFile);
        bool aligned = offsetBytes % PreferredBlockSize == 0 && lengthBytes % PreferredBlockSize == 0;
        var config = new Sys.loop_config
        {
            fd = (uint)file.Fd,
            block_size = aligned ? PreferredBlockSize : SmallestBlockSize,
        };
        config.info.lo_offset = (ulong)offsetBytes;
        config.info.lo_sizelimit = (ulong)lengthBytes;
        config.info.lo_flags = Sys.LO_FLAGS_READ_ONLY | Sys.LO_FLAGS_AUTOCLEAR;
        return Sys.ioctl(device, Sys.LOOP_CONFIGURE, &config) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }
}
