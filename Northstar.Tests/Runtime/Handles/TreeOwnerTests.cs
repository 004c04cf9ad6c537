// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Handles;

/// <summary>Giving a tree to somebody else, whatever it holds.</summary>
internal sealed class TreeOwnerTests
{
    private static readonly Owner s_old = new(1000, 1001);
    private static readonly Owner s_new = new(2000, 2001);

    private string _directory = "";

    private string Top => Path.Combine(_directory, "top");

    [SetUp]
    public void MakeDirectory()
    {
        _directory = Directory.CreateTempSubdirectory("northstar-").FullName;
        Directory.CreateDirectory(Top);
    }

    [TearDown]
    public void RemoveDirectory() => Tool.Run("rm", "-rf", _directory);

    [Test]
    [Category("Kernel")]
    [Requires(HostFeature.Root)]
    public void H40_HostileTree_ChangesItsOwnAlone()
    {
        string outside = Directory.CreateDirectory(Path.Combine(_directory, "outside")).FullName;
        File.CreateSymbolicLink(Path.Combine(Top, "link"), outside);
        Tool.Run("mkfifo", Path.Combine(Top, "fifo"));
        Tool.Run("python3", "-c", "import os,sys\nos.chdir(sys.argv[1])\nfor i in range(10000):\n    open('f','w').close(); os.mkdir('d'); os.chdir('d')", Top);
        Tool.Run("python3", "-c", "import os,sys\nfor i in range(3000): os.mkdir(sys.argv[1] + '/wide%d' % i)", Top);
        Tool.Run("chown", "-hR", "1000:1001", Top);
        Tool.Run("chown", "1000:5", Path.Combine(Top, "fifo"));
        Tool.Run("chown", "7:7", Path.Combine(Top, "d", "f"));
        string mounted = Path.Combine(Top, "wide7");
        using (Tmpfs.Mount(mounted, "1M"))
        {
            Tool.Run("chown", "1000:1001", mounted);
            Change();
            Assert.That(Tool.Run("stat", "-c", "%u:%g", mounted).Output.Trim(), Is.EqualTo("1000:1001"), "a mount");
        }

        string[] owners = Tool.Run("find", Top, "-printf", "%U:%G\n").Output.Trim().Split('\n');
        Assert.That(
            owners.CountBy(static o => o).OrderBy(static o => o.Key, StringComparer.Ordinal).Select(static o => $"{o.Key} {o.Value}"),
            Is.EqualTo(new[] { "1000:1001 1", "2000:2001 23000", "2000:5 1", "7:7 1" }));
        Assert.That(Tool.Run("stat", "-c", "%u", outside).Output.Trim(), Is.EqualTo("0"));
    }

    [Test]
    public void Walk_ThatIsCutShort_LeavesTheDirectoryToBeginAnew()
    {
        using SafeFd top = Descriptors.Open(Top, Sys.O_RDONLY | Sys.O_DIRECTORY);
        Owner before = Owner.Of(top, Top);
        Assert.That(() => TreeOwner.Change(top, before, s_new, Top, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Owner.Of(top, Top), Is.EqualTo(before));
    }

    [TestCase(7u, 7u, "0 0 4294967295")]
    [TestCase(1000u, 3000u, "0 0 1000|1000 3000 1|1001 1001 1999|3000 1000 1|3001 3001 4294964294")]
    [TestCase(3000u, 1000u, "0 0 1000|1000 3000 1|1001 1001 1999|3000 1000 1|3001 3001 4294964294")]
    [TestCase(1u, 2u, "0 0 1|1 2 1|2 1 1|3 3 4294967292")]
    public void Map_ExchangesTwoIdsAndKeepsAllOthers(uint one, uint other, string expected) =>
        Assert.That(UserNamespace.Exchange(one, other).Trim().Replace('\n', '|'), Is.EqualTo(expected));

    private void Change()
    {
        using SafeFd top = Descriptors.Open(Top, Sys.O_RDONLY | Sys.O_DIRECTORY);
        TreeOwner.Change(top, s_old, s_new, Top, CancellationToken.None);
    }
}
