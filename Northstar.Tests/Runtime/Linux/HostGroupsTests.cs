// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Runtime.Linux;

namespace Northstar.Tests.Runtime.Linux;

/// <summary>Names of users and groups of the host.</summary>
internal sealed class HostGroupsTests
{
    [Test]
    public void T097_EveryGroupAndUserOfTheHost_HasItsId()
    {
        Assert.That(Entries("/etc/group").Select(static e => HostGroups.FindGroup(e.Name)), Is.EqualTo(Entries("/etc/group").Select(static e => (uint?)e.Id)));
        Assert.That(Entries("/etc/passwd").Select(static e => HostGroups.FindUser(e.Name)), Is.EqualTo(Entries("/etc/passwd").Select(static e => (uint?)e.Id)));
    }

    [TestCase("no-such-name")]
    [TestCase("")]
    [TestCase("root:x")]
    public void T097_UnknownName_HasNone(string name)
    {
        Assert.That(HostGroups.FindGroup(name), Is.Null);
        Assert.That(HostGroups.FindUser(name), Is.Null);
    }

    /// <summary>Names that are there once, in group(5) and passwd(5) alike the first field, and the id, the third.</summary>
    private static (string Name, uint Id)[] Entries(string file) =>
        [.. File.ReadLines(file).Select(static l => l.Split(':')).Where(static f => f.Length > 3).Select(static f => (f[0], uint.Parse(f[2], CultureInfo.InvariantCulture))).DistinctBy(static e => e.Item1)];
}
