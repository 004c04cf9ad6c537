// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Text;
using Northstar.Npk.Archive;

namespace Northstar.Tests.Npk.Support;

/// <summary>Writes zip archives with whatever is wrong in them, and those that older packers wrote.</summary>
internal sealed class RawZip
{
    private readonly List<byte> _data = [];
    private readonly List<byte> _directory = [];
    private ushort _entries;

    internal ushort VersionNeeded { get; init; } = 20;

    internal byte[] Comment { get; init; } = "version: 0.9.0\n"u8.ToArray();

    /// <summary>What is changed in one entry.</summary>
    internal sealed record Quirk
    {
        internal ushort Method { get; init; }

        internal ushort Flags { get; init; }

        internal byte[] LocalExtra { get; init; } = [];

        internal byte[] CentralExtra { get; init; } = [];

        internal byte[] CentralComment { get; init; } = [];

        internal string? LocalName { get; init; }

        internal uint? CentralSize { get; init; }

        internal uint? CentralCompressedSize { get; init; }

        internal uint? HeaderOffset { get; init; }

        internal byte[] GapBefore { get; init; } = [];

        internal (int Offset, ushort Value)[] Local { get; init; } = [];

        internal (int Offset, ushort Value)[] Central { get; init; } = [];
    }

    internal RawZip Add(string name, byte[] data, Quirk? quirk = null)
    {
        quirk ??= new Quirk();
        _data.AddRange(quirk.GapBefore);
        uint offset = quirk.HeaderOffset ?? (uint)_data.Count;
        uint crc = Crc32.Append(0, data);
        byte[] localName = Encoding.UTF8.GetBytes(quirk.LocalName ?? name);
        int local = _data.Count;
        Write(_data, 0x04034B50u, VersionNeeded, quirk.Flags, quirk.Method, (ushort)0, (ushort)0x21, crc, (uint)data.Length, (uint)data.Length,
            (ushort)localName.Length, (ushort)quirk.LocalExtra.Length);
        Patch(_data, local, quirk.Local);
        _data.AddRange(localName);
        _data.AddRange(quirk.LocalExtra);
        _data.AddRange(data);
        byte[] centralName = Encoding.UTF8.GetBytes(name);
        int central = _directory.Count;
        Write(_directory, 0x02014B50u, (ushort)0x032E, VersionNeeded, quirk.Flags, quirk.Method, (ushort)0, (ushort)0x21, crc,
            quirk.CentralCompressedSize ?? quirk.CentralSize ?? (uint)data.Length, quirk.CentralSize ?? (uint)data.Length,
            (ushort)centralName.Length, (ushort)quirk.CentralExtra.Length, (ushort)quirk.CentralComment.Length, (ushort)0, (ushort)0, 0x81A40000u, offset);
        Patch(_directory, central, quirk.Central);
        _directory.AddRange(centralName);
        _directory.AddRange(quirk.CentralExtra);
        _directory.AddRange(quirk.CentralComment);
        _entries++;
        return this;
    }

    /// <summary>Adds fs.img at the next multiple of 4096, padded as 0.9.0 and 0.9.1 did: a record 0x617A of zeros, only in the local header.</summary>
    internal RawZip AddImage(byte[] image, int misalignment = 0, Quirk? quirk = null)
    {
        int start = (int)_data.Count + 30 + 6;
        int length = ((4096 - (start % 4096)) % 4096) + misalignment;
        length = length is > 0 and < 4 ? length + 4096 : length;
        byte[] extra = new byte[length];
        if (length > 0)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(extra, 0x617A);
            BinaryPrimitives.WriteUInt16LittleEndian(extra.AsSpan(2), (ushort)(length - 4));
        }

        return Add("fs.img", image, (quirk ?? new Quirk()) with { LocalExtra = extra });
    }

    internal byte[] ToArray(byte[]? beforeDirectory = null)
    {
        List<byte> archive = [.. _data, .. beforeDirectory ?? []];
        uint offset = (uint)archive.Count;
        archive.AddRange(_directory);
        Write(archive, 0x06054B50u, (ushort)0, (ushort)0, _entries, _entries, (uint)_directory.Count, offset, (ushort)Comment.Length);
        archive.AddRange(Comment);
        return [.. archive];
    }

    /// <summary>Replaces 16-bit fields of the header at <paramref name="start"/>.</summary>
    private static void Patch(List<byte> output, int start, (int Offset, ushort Value)[] fields)
    {
        foreach ((int offset, ushort value) in fields)
        {
            output[start + offset] = (byte)(value & 0xFF);
            output[start + offset + 1] = (byte)(value >> 8);
        }
    }

    private static void Write(List<byte> output, params object[] fields)
    {
        byte[] bytes = new byte[4];
        foreach (object field in fields)
        {
            if (field is uint number)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
                output.AddRange(bytes);
            }
            else
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)field);
                output.AddRange(bytes[..2]);
            }
        }
    }
}
