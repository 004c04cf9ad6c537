// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Text;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Verity;

namespace Northstar.Tests.Runtime.Verity;

/// <summary>Requests to the device mapper byte by byte: offsets are those of linux/dm-ioctl.h, written out again.</summary>
internal sealed class DeviceMapperRequestTests
{
    private const int HeaderLength = 312, DataSize = 12, DataStart = 16, TargetCount = 20, Flags = 28, Name = 48, Uuid = 176;
    private const int TargetLength = 40, Length = 8, Next = 20, Type = 24;

    [Test]
    public void New_IsVersion4WithItsOwnLength()
    {
        byte[] request = DeviceMapperRequest.New("name", 5, 8);

        Assert.That(request, Has.Length.EqualTo(HeaderLength + 8));
        Assert.That(request[..DataSize], Is.EqualTo(new byte[] { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }));
        Assert.That(UInt32(request, DataSize), Is.EqualTo(HeaderLength + 8));
        Assert.That(UInt32(request, DataStart), Is.EqualTo(HeaderLength));
        Assert.That(UInt32(request, Flags), Is.EqualTo(5));
        Assert.That(Text(request, Name), Is.EqualTo("name"));
    }

    [Test]
    public void Create_HasNameAndUuid()
    {
        byte[] request = DeviceMapperRequest.Create("name", new string('u', 128));

        Assert.That(Text(request, Name), Is.EqualTo("name"));
        Assert.That(Text(request, Uuid), Is.EqualTo(new string('u', 128)));
        Assert.That(DeviceMapperRequest.ReadUuid(request), Is.EqualTo(new string('u', 128)));
    }

    [TestCase(128, 1)]
    [TestCase(1, 129)]
    public void Create_TextBeyondItsField_IsRefused(int name, int uuid) =>
        Assert.That(() => DeviceMapperRequest.Create(new string('n', name), new string('u', uuid)), Throws.ArgumentException);

    [Test]
    public void Load_HasOneReadOnlyTargetPaddedTo8Bytes([Range(0, 9)] int length)
    {
        string parameters = new('p', length);

        byte[] request = DeviceMapperRequest.Load("name", "verity", 24, parameters);

        int expected = (TargetLength + length + 1 + 7) / 8 * 8;
        Assert.That(request, Has.Length.EqualTo(HeaderLength + expected));
        Assert.That(UInt32(request, DataSize), Is.EqualTo(request.Length));
        Assert.That(UInt32(request, TargetCount), Is.EqualTo(1));
        Assert.That(UInt32(request, Flags), Is.EqualTo(1), "DM_READONLY_FLAG");
        Span<byte> target = request.AsSpan(HeaderLength);
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(target), Is.Zero, "the first sector");
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(target[Length..]), Is.EqualTo(24));
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(target[Next..]), Is.EqualTo(expected));
        Assert.That(Text(request, HeaderLength + Type), Is.EqualTo("verity"));
        Assert.That(Text(request, HeaderLength + TargetLength), Is.EqualTo(parameters));
    }

    [Test]
    public void ReadTargetText_IsWhatFollowsTheTarget()
    {
        byte[] answer = DeviceMapperRequest.Load("name", "verity", 8, "C");

        Assert.That(DeviceMapperRequest.ReadTargetText(answer), Is.EqualTo("C"));
    }

    [Test]
    public void ReadTargetText_NoTargetOrNonsense_IsEmpty()
    {
        byte[] none = DeviceMapperRequest.New("name", payloadBytes: 64);
        byte[] nonsense = DeviceMapperRequest.Load("name", "verity", 8, "C");
        DeviceMapperRequest.Header(nonsense).data_start = uint.MaxValue;

        Assert.That(DeviceMapperRequest.ReadTargetText(none), Is.Empty);
        Assert.That(DeviceMapperRequest.ReadTargetText(nonsense), Is.Empty);
    }

    [Test]
    public void ReadNames_FollowsTheOffsets()
    {
        byte[] answer = DeviceMapperRequest.New("", payloadBytes: 64);
        Entry(answer, HeaderLength, 24, "first");
        Entry(answer, HeaderLength + 24, 0, "second");

        Assert.That(DeviceMapperRequest.ReadNames(answer), Is.EqualTo(new[] { "first", "second" }));
    }

    [Test]
    public void ReadNames_EmptyOrNonsense_Ends()
    {
        byte[] nonsense = DeviceMapperRequest.New("", payloadBytes: 64);
        Entry(nonsense, HeaderLength, uint.MaxValue, "first");

        Assert.That(DeviceMapperRequest.ReadNames(DeviceMapperRequest.New("", payloadBytes: 64)), Is.Empty);
        Assert.That(DeviceMapperRequest.ReadNames(DeviceMapperRequest.New("")), Is.Empty);
        Assert.That(DeviceMapperRequest.ReadNames(nonsense), Is.EqualTo(new[] { "first" }));
    }

    [TestCase(252u, 0u)]
    [TestCase(7u, 255u)]
    [TestCase(4095u, 256u)]
    [TestCase(253u, 0xFFFFFu)]
    public void DeviceNumber_HoldsBothParts(uint major, uint minor)
    {
        ulong device = Sys.makedev(major, minor);

        Assert.That((Sys.major(device), Sys.minor(device)), Is.EqualTo((major, minor)));
        Assert.That(BlockNode.NameOf(device), Is.EqualTo($"dm-{minor}"));
    }

    private static void Entry(byte[] answer, int offset, uint next, string name)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(answer.AsSpan(offset), 0xFD03);
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(offset + 8), next);
        Encoding.ASCII.GetBytes(name, answer.AsSpan(offset + 12));
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static string Text(ReadOnlySpan<byte> bytes, int offset) => Encoding.ASCII.GetString(bytes.Slice(offset, bytes[offset..].IndexOf((byte)0)));
}
