// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Linux.Cgroups;
using Northstar.Runtime.Linux.Cgroups.V2;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Cgroups;

/// <summary>The device program of version 2 decides as the devices controller of version 1 does after <c>devices.deny a</c> and one <c>devices.allow</c> for each grant.</summary>
internal sealed class DeviceProgramTests
{
    private static readonly uint?[] s_numbers = [null, 0, 1, 2, 4095, 1048575, uint.MaxValue];

    [Test]
    public void H35_WithoutGrants_EverythingIsDenied()
    {
        EbpfInstruction[] program = DeviceProgram.Compile([]);
        foreach (uint access in Accesses())
        {
            Assert.That(EbpfInterpreter.Run(program, kind: 2, access, 1, 3), Is.Zero);
        }
    }

    [Test]
    public void H35_Minimal_OpensTheSixAndMakesNothing()
    {
        EbpfInstruction[] program = DeviceProgram.Compile(DeviceGrant.Minimal);
        (uint, uint)[] devices = [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0)];
        for (uint major = 0; major < 12; major++)
        {
            for (uint minor = 0; minor < 12; minor++)
            {
                foreach (uint access in Accesses())
                {
                    bool isOpen = devices.Contains((major, minor)) && (access & 1) == 0;
                    Assert.That(EbpfInterpreter.Run(program, 2, access, major, minor), Is.EqualTo(isOpen ? 1 : 0), $"c {major}:{minor} {access}");
                    Assert.That(EbpfInterpreter.Run(program, 1, access, major, minor), Is.Zero, $"b {major}:{minor} {access}");
                }
            }
        }
    }

    [Test]
    public void H35_RandomGrants_DecideAsVersion1()
    {
        const int Seed = 35;
        var random = new Random(Seed);
        for (int round = 0; round < 300; round++)
        {
            DeviceGrant[] grants = [.. Enumerable.Range(0, random.Next(8)).Select(_ => new DeviceGrant(
                (DeviceKind)random.Next(2), s_numbers[random.Next(s_numbers.Length)], s_numbers[random.Next(s_numbers.Length)], (DeviceAccess)random.Next(1, 8)))];
            EbpfInstruction[] program = DeviceProgram.Compile(grants);
            var version1 = new Version1(grants);
            foreach (uint kind in (uint[])[1, 2])
            {
                foreach (uint access in Accesses())
                {
                    foreach (uint major in s_numbers.OfType<uint>())
                    {
                        foreach (uint minor in s_numbers.OfType<uint>())
                        {
                            Assert.That(
                                EbpfInterpreter.Run(program, kind, access, major, minor), Is.EqualTo(version1.Allows(kind, access, major, minor) ? 1 : 0),
                                $"{string.Join(", ", grants.AsEnumerable())}: {kind} {major}:{minor} {access}");
                        }
                    }
                }
            }
        }
    }

    /// <summary>What a process asks for: bits 1 to make, 2 to read, 4 to write; opening for both asks for both at once.</summary>
    private static IEnumerable<uint> Accesses() => [1, 2, 4, 6];

    /// <summary>The rules of <c>security/device_cgroup.c</c>: exceptions of equal devices are one; one exception has to cover all of an access.</summary>
    private sealed class Version1
    {
        private readonly List<(uint Kind, uint? Major, uint? Minor, uint Access)> _exceptions = [];

        internal Version1(IEnumerable<DeviceGrant> grants)
        {
            foreach (DeviceGrant grant in grants)
            {
                string text = grant.ToString(); // "c 1:3 rw", as it is written to devices.allow
                string[] words = text.Split(' ', ':');
                uint access = words[3].Aggregate(0u, static (all, letter) => all | letter switch { 'm' => 1u, 'r' => 2u, _ => 4u });
                Add(words[0] == "b" ? 1u : 2u, Number(words[1]), Number(words[2]), access);
            }
        }

        internal bool Allows(uint kind, uint access, uint major, uint minor) => _exceptions.Exists(e =>
            e.Kind == kind && (e.Major is null || e.Major == major) && (e.Minor is null || e.Minor == minor) && (access & ~e.Access) == 0);

        private void Add(uint kind, uint? major, uint? minor, uint access)
        {
            int index = _exceptions.FindIndex(e => (e.Kind, e.Major, e.Minor) == (kind, major, minor));
            if (index < 0)
            {
                _exceptions.Add((kind, major, minor, access));
            }
            else
            {
                _exceptions[index] = (kind, major, minor, _exceptions[index].Access | access);
            }
        }

        private static uint? Number(string text) => text == "*" ? null : uint.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }
}
