// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Packages whose directory begins above 4 GiB, most of which is a hole. An input is the beginning of the file and what stands behind the hole.</summary>
internal static class Zip64Target
{
    private const int HeadLength = 4096 + 96;
    private const long ImageLength = 4294963200;

    internal static FuzzTarget Create()
    {
        Lazy<MemoryFile> file = new(() => new MemoryFile("package-zip64"));
        ArchiveFrame frame = ArchiveFrame.Create(TestPackage.Manifest, null, 0, ImageLength, TestPackage.Comment);
        byte[] superblock = TestPackage.Image(1)[..96];
        byte[] valid = [.. frame.Prefix, .. superblock, .. frame.Suffix];
        int end = valid.Length - TestPackage.Comment.Length - ZipLayout.End.Length;
        byte[][] corpus =
        [
            valid, .. Enumerable.Range(0, (ZipLayout.End64.Length + ZipLayout.Locator64.Length) / 4).Select(i => PackageNearMisses.Flip(valid, end - (4 * (i + 1)))),
            WithOffset(valid, end - ZipLayout.Locator64.Length - ZipLayout.End64.Length + ZipLayout.End64.DirectoryOffset, long.MaxValue),
                PackageNearMisses.Flip(valid, end + ZipLayout.End.DirectoryOffset),
        ];
        return new FuzzTarget
        {
            Name = "package-zip64",
            Corpus = corpus,
            Mutator = new ByteMutator(["PK\x06\x06"u8.ToArray(), "PK\x06\x07"u8.ToArray()]),
            Parse = input =>
            {
                int head = Math.Min(input.Length, HeadLength);
                file.Value.Write(input.AsSpan(0, head), frame.Prefix.Length + ImageLength, input.AsSpan(head));
                return new FuzzOutcome(NpkPackage.Open(file.Value.Open(), "fuzz"));
            },
            Check = (_, value) => FuzzException.Require(((NpkPackage)value).Image.LengthBytes == ImageLength, "an image of nearly 4 GiB is all of it"),
            Refusal = PackagePartTargets.Refusal,
            Kinds = ["Z13"],
            OtherKinds = [.. PackageNearMisses.Rules("ZEMI"), PackageNearMisses.Manifest],
            AllocationCapBytes = 2 << 20,
            Cases = 5_000,
            Finish = () => file.Value.Dispose(),
        };
    }

    private static byte[] WithOffset(byte[] bytes, int at, long offset)
    {
        byte[] changed = (byte[])bytes.Clone();
        BinaryPrimitives.WriteInt64LittleEndian(changed.AsSpan(at), offset);
        return changed;
    }
}
