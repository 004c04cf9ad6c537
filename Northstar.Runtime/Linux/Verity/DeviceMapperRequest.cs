// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Verity;

/// <summary>
/// The buffer of one request to the device mapper: a <c>dm_ioctl</c> and, behind it, what the request carries or the kernel answers
/// (linux/dm-ioctl.h).
/// </summary>
internal static unsafe class DeviceMapperRequest
{
    /// <summary>The length of the header in bytes.</summary>
    internal static int HeaderLengthBytes => sizeof(Sys.dm_ioctl);

    /// <summary>Makes a request about one device.</summary>
    /// <param name="name">The device, or what the request is about.</param>
    /// <param name="flags">DM_*_FLAG.</param>
    /// <param name="payloadBytes">The room behind the header.</param>
    internal static byte[] New(string name, uint flags = 0, int payloadBytes = 0)
    {
        byte[] request = new byte[HeaderLengthBytes + payloadBytes];
        ref Sys.dm_ioctl header = ref Header(request);
        header.version[0] = Sys.DM_VERSION_MAJOR;
        header.data_size = (uint)request.Length;
        header.data_start = (uint)HeaderLengthBytes;
        header.flags = flags;
        fixed (byte* text = header.name)
        {
            Write(name, new Span<byte>(text, Sys.DM_NAME_LEN));
        }

        return request;
    }

    /// <summary>Makes the request that creates a device.</summary>
    internal static byte[] Create(string name, string uuid)
    {
        byte[] request = New(name);
        fixed (byte* text = Header(request).uuid)
        {
            Write(uuid, new Span<byte>(text, Sys.DM_UUID_LEN));
        }

        return request;
    }

    /// <summary>Makes the request that loads a table of one target, read-only.</summary>
    internal static byte[] Load(string name, string target, ulong lengthSectors, string parameters)
    {
        int targetLength = Align(sizeof(Sys.dm_target_spec) + Encoding.ASCII.GetByteCount(parameters) + 1);
        byte[] request = New(name, Sys.DM_READONLY_FLAG, targetLength);
        Header(request).target_count = 1;
        Span<byte> payload = request.AsSpan(HeaderLengthBytes);
        ref Sys.dm_target_spec spec = ref MemoryMarshal.AsRef<Sys.dm_target_spec>(payload);
        spec.length = lengthSectors;
        spec.next = (uint)targetLength;
        fixed (byte* type = spec.target_type)
        {
            Write(target, new Span<byte>(type, 16));
        }

        Encoding.ASCII.GetBytes(parameters, payload[sizeof(Sys.dm_target_spec)..]);
        return request;
    }

    /// <summary>Gets the header of a request or answer.</summary>
    internal static ref Sys.dm_ioctl Header(Span<byte> request) => ref MemoryMarshal.AsRef<Sys.dm_ioctl>(request);

    /// <summary>Reads the text of the first target from the answer to DM_TABLE_STATUS; empty when there is none.</summary>
    internal static string ReadTargetText(Span<byte> answer)
    {
        ref Sys.dm_ioctl header = ref Header(answer);
        int start = (int)Math.Min(header.data_start, (uint)answer.Length) + sizeof(Sys.dm_target_spec);
        return header.target_count == 0 || start >= answer.Length ? "" : ReadText(answer[start..]);
    }

    /// <summary>Reads the UUID of an answer.</summary>
    internal static string ReadUuid(Span<byte> answer)
    {
        fixed (byte* text = Header(answer).uuid)
        {
            return ReadText(new ReadOnlySpan<byte>(text, Sys.DM_UUID_LEN));
        }
    }

    /// <summary>Reads the names from the answer to DM_LIST_DEVICES: each entry is a device number of 8 bytes, the offset of the next entry in 4, and the name.</summary>
    internal static IReadOnlyList<string> ReadNames(Span<byte> answer)
    {
        const int NextOffset = 8, NameOffset = 12;
        var names = new List<string>();
        Span<byte> list = answer[(int)Math.Min(Header(answer).data_start, (uint)answer.Length)..];
        while (list.Length > NameOffset)
        {
            string name = ReadText(list[NameOffset..]);
            if (name.Length > 0)
            {
                names.Add(name);
            }

            uint next = BinaryPrimitives.ReadUInt32LittleEndian(list[NextOffset..]);
            if (next == 0 || next > (uint)list.Length)
            {
                break;
            }

            list = list[(int)next..];
        }

        return names;
    }

    private static int Align(int length) => (length + 7) / 8 * 8;

    /// <summary>Writes a text that must leave room for its end; what is behind it is zero already.</summary>
    private static void Write(string text, Span<byte> field)
    {
        if (!Encoding.ASCII.TryGetBytes(text, field[..^1], out _))
        {
            throw new ArgumentException($"'{text}' is longer than {field.Length - 1} bytes", nameof(text));
        }
    }

    private static string ReadText(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }
}
