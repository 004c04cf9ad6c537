// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.IO.Compression;

namespace Northstar.Npk.Archive;

/// <summary>CRC-32 as zip uses it: polynomial 0xEDB88320, bits reflected, so that the highest bit stands for 1.</summary>
/// <remarks>
/// The base library has a vectorised one, zlib's, and shows it in one place: the trailer of a gzip stream (RFC 1952 section 2.3.1). So the data
/// passes through a gzip stream that does not compress. That is seven times as fast as tables, on every processor, and also in executables
/// compiled ahead of time for size, which may not use the vector instructions of the processor they meet.
/// </remarks>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const uint One = 1u << 31;
    private const uint EightBits = One >> 8;

    /// <summary>Continues a checksum; start with 0.</summary>
    internal static uint Append(uint crc, ReadOnlySpan<byte> data) => Combine(crc, Compute(data), data.Length);

    /// <summary>Returns the checksum of two pieces in a row from the checksum of each and the length of the second.</summary>
    internal static uint Combine(uint first, uint second, long secondLengthBytes)
    {
        // Appending a zero bit multiplies the remainder by x; the second piece is then added.
        uint shift = One;
        uint square = EightBits;
        for (long left = secondLengthBytes; left > 0; left >>= 1)
        {
            shift = (left & 1) == 0 ? shift : Multiply(shift, square);
            square = Multiply(square, square);
        }

        return Multiply(first, shift) ^ second;
    }

    private static uint Compute(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return 0;
        }

        using TrailerStream trailer = new();
        using (GZipStream gzip = new(trailer, CompressionLevel.NoCompression))
        {
            gzip.Write(data);
        }

        return trailer.Checksum;
    }

    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (; a != 0; a <<= 1)
        {
            product ^= (a & One) == 0 ? 0 : b;
            b = (b >> 1) ^ ((b & 1) * Polynomial);
        }

        return product;
    }

    /// <summary>Forgets everything but the last eight bytes: the checksum and the length of what a gzip stream holds.</summary>
    private sealed class TrailerStream : Stream
    {
        private ulong _last;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        internal uint Checksum => (uint)(_last & uint.MaxValue);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length >= sizeof(ulong))
            {
                _last = BinaryPrimitives.ReadUInt64LittleEndian(buffer[^sizeof(ulong)..]);
                return;
            }

            foreach (byte value in buffer)
            {
                _last = (_last >> 8) | ((ulong)value << 56);
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
