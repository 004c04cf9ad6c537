// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.MemoryMappedFiles;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Support;

/// <summary>A resource with a text, a container that prints it, and ways to damage the file in between.</summary>
internal static class ImageDamage
{
    internal const string Text = "this must never be read changed";

    internal static readonly ContainerId Data = ContainerId.Parse("data:0.0.1");

    /// <summary>Packs the text, in a file of 64 KiB: many verity blocks, one block of squashfs.</summary>
    internal static string PackData(string directory)
    {
        string root = Directory.CreateDirectory(Path.Combine(directory, "data-root")).FullName;
        File.WriteAllText(Path.Combine(root, "text"), Text + "\n" + new string('.', 64 * 1024));
        return TestPackages.Pack("name: data\nversion: 0.0.1\nuid: 1000\ngid: 1000\n", root, Path.Combine(directory, "data.npk"));
    }

    /// <summary>Packs the test container under a name of its own, with the data mounted; without arguments it prints the text.</summary>
    internal static string PackReader(string directory, string name = "reader", string arguments = "cat, /data/text") => TestPackages.Pack(
        $"name: {name}\nversion: 0.0.1\ninit: /test-container\nargs: [{arguments}]\nuid: 1000\ngid: 1000\nio: {{stdout: pipe, stderr: pipe}}\n"
        + "mounts:\n  /data: {type: resource, name: data, version: '*', dir: /, options: ''}\n",
        Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"),
        Path.Combine(directory, name + ".npk"));

    /// <summary>Damages a file in place, as a failing disk does it: the runtime has it open.</summary>
    internal static void Apply(string path, string place)
    {
        if (place == "truncated")
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
            file.SetLength(OffsetOf(path, "image") + VeritySuperblock.BlockLengthBytes);
            return;
        }

        long offset = OffsetOf(path, place);
        using (FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = offset;
            int value = file.ReadByte();
            file.Position = offset;
            file.WriteByte((byte)(value ^ 1));
        }
    }

    /// <summary>Flips a bit through a memory mapping, which makes no event of inotify: only who reads the block can notice. Caches are dropped.</summary>
    internal static void FlipUnnoticed(string path, string place)
    {
        long offset = OffsetOf(path, place);
        using (var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open))
        using (MemoryMappedViewAccessor view = file.CreateViewAccessor())
        {
            view.Write(offset, (byte)(view.ReadByte(offset) ^ 1));
            view.Flush();
        }

        File.WriteAllText("/proc/sys/vm/drop_caches", "3");
    }

    private static long OffsetOf(string path, string place)
    {
        using NpkPackage package = NpkPackage.Open(path, new NpkReaderOptions { Keys = [KeyFiles.ReadPublicKey(TestPackages.KeyFile)] });
        long image = package.Image.OffsetBytes;
        return place switch
        {
            "data" => TestPackage.IndexOf(File.ReadAllBytes(path), Text[1..]) - 1,
            "salt" => image + package.Verity!.SuperblockOffsetBytes + 100,
            "tree" => image + package.Verity!.TreeOffsetBytes + 10,
            "image" => image,
            _ => image + 40,
        };
    }
}
