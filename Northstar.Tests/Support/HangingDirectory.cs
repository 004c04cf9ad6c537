// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Tests.Support;

/// <summary>A FUSE file system whose server never answers: looking up anything in it waits until this object is disposed.</summary>
internal sealed unsafe class HangingDirectory : IDisposable
{
    private readonly string _path;
    private readonly SafeFd _server;

    internal HangingDirectory(string path)
    {
        _path = Directory.CreateDirectory(path).FullName;
        _server = Descriptors.Open("/dev/fuse", Sys.O_RDWR);
        using var fd = new Borrow(_server);
        string data = string.Create(CultureInfo.InvariantCulture, $"fd={fd.Fd},rootmode=40000,user_id=0,group_id=0,allow_other");
        fixed (byte* type = "fuse\0"u8, target = Encoding.UTF8.GetBytes(_path + '\0'), options = Encoding.UTF8.GetBytes(data + '\0'))
        {
            Assert.That(Sys.mount(type, target, type, 0, options), Is.Zero, "mount fuse");
        }
    }

    /// <summary>Answers the kernel's greeting and takes a request that it never answers: who waits for that one cannot be killed. Returns once it is taken.</summary>
    internal void TakeLookup()
    {
        const int Init = 26, Lookup = 1, HeaderLength = 16, InitLength = 64;
        byte* buffer = stackalloc byte[256 * 1024 / 2];
        using var fd = new Borrow(_server);
        while (true)
        {
            // struct fuse_in_header: length at 0, opcode at 4, unique at 8
            Assert.That((int)Sys.read(fd.Fd, buffer, 128 * 1024), Is.GreaterThan(0), "read from /dev/fuse");
            int opcode = *(int*)(buffer + 4);
            if (opcode == Lookup)
            {
                return;
            }

            // Of struct fuse_init_out: major, minor, and max_write at 20.
            ulong unique = *(ulong*)(buffer + 8);
            new Span<byte>(buffer, HeaderLength + InitLength).Clear();
            int length = opcode == Init ? HeaderLength + InitLength : HeaderLength;
            *(int*)buffer = length;
            *(int*)(buffer + 4) = opcode == Init ? 0 : -38; // ENOSYS
            *(ulong*)(buffer + 8) = unique;
            *(uint*)(buffer + HeaderLength) = opcode == Init ? 7u : 0;
            *(uint*)(buffer + HeaderLength + 4) = opcode == Init ? 31u : 0;
            *(uint*)(buffer + HeaderLength + 20) = opcode == Init ? 4096u : 0;
            Assert.That((int)Sys.write(fd.Fd, buffer, (nuint)length), Is.EqualTo(length), "answer");
        }
    }

    /// <summary>Lets everything that waits fail.</summary>
    internal void Release() => _server.Dispose();

    public void Dispose()
    {
        Release();
        fixed (byte* target = Encoding.UTF8.GetBytes(_path + '\0'))
        {
            Assert.That(Sys.umount2(target, Sys.MNT_DETACH), Is.Zero, "umount fuse");
        }

        Directory.Delete(_path);
    }
}
