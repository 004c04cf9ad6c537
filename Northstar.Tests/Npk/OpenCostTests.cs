// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Npk.Verity;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk;

/// <summary>What opening a package reads, as the kernel counts it for this thread.</summary>
[TestFixture]
internal sealed class OpenCostTests
{
    private const string Counters = "/proc/thread-self/io";

    [Test]
    public void Open_PackageOfAnySize_ReadsTheSame()
    {
        if (!File.Exists(Counters))
        {
            Assert.Ignore($"{Counters} is missing: the kernel does not count reads");
        }

        using TestFolder folder = new();
        string small = WriteSparse(folder["small.npk"], 1 << 20);
        string large = WriteSparse(folder["large.npk"], 3L << 30);
        ReadsOfOpen(small); // the first time loads libraries
        (long Bytes, long Calls) ofSmall = ReadsOfOpen(small);
        (long Bytes, long Calls) ofLarge = ReadsOfOpen(large);
        Assert.Multiple(() =>
        {
            Assert.That(ofLarge.Calls, Is.EqualTo(ofSmall.Calls));
            Assert.That(ofLarge.Bytes, Is.EqualTo(ofSmall.Bytes).Within(16), "the hashes document has three digits more");
            Assert.That(ofSmall.Bytes, Is.InRange(4096, 256 << 10));
            Assert.That(ofSmall.Calls, Is.InRange(5, 50));
        });
    }

    /// <summary>Writes a signed package whose image is a hole, but for its superblocks; only reading the whole image would show that.</summary>
    private static string WriteSparse(string path, long imageLength)
    {
        byte[] squashfs = TestPackage.Image(1)[..96];
        BitConverter.TryWriteBytes(squashfs.AsSpan(40), imageLength);
        byte[] superblock = new VeritySuperblock(TestPackage.Uuid, imageLength / 4096, TestPackage.Salt).Encode();
        long length = imageLength + superblock.Length + new HashTreeLayout(imageLength).LengthBytes;
        byte[] signature = TestPackage.SignatureText(TestPackage.Comment, TestPackage.Manifest, new RootHash(new byte[32]), imageLength);
        ArchiveFrame frame = ArchiveFrame.Create(TestPackage.Manifest, signature, 0, length, TestPackage.Comment);
        using FileStream file = File.Create(path);
        file.Write(frame.Prefix);
        file.Write(squashfs);
        file.Position = frame.Prefix.Length + imageLength;
        file.Write(superblock);
        file.Position = frame.Prefix.Length + length;
        file.Write(frame.Suffix);
        return path;
    }

    private static (long Bytes, long Calls) ReadsOfOpen(string path)
    {
        (long bytes, long calls, int own) = ReadsSoFar();
        using NpkPackage package = NpkPackage.Open(path, TestPackage.Trusting);
        (long bytesAfter, long callsAfter, _) = ReadsSoFar();
        Assert.That(package.VerifiedBy, Is.EqualTo(TestPackage.PublicKey));
        return (bytesAfter - bytes - own, callsAfter - calls - 1);
    }

    /// <summary>Returns the counters, and how many bytes it took to read them, which count afterwards.</summary>
    private static (long Bytes, long Calls, int Own) ReadsSoFar()
    {
        Span<byte> text = stackalloc byte[4096];
        using SafeFileHandle handle = File.OpenHandle(Counters);
        int own = RandomAccess.Read(handle, text, 0);
        string[] lines = Encoding.ASCII.GetString(text[..own]).Split('\n');
        return (Counter(lines, "rchar: "), Counter(lines, "syscr: "), own);
    }

    private static long Counter(string[] lines, string name) =>
        long.Parse(lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..], CultureInfo.InvariantCulture);
}
