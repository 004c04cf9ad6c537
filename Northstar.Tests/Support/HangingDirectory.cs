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
