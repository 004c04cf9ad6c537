// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Verity;

namespace Northstar.Tests.Runtime.Verity;

/// <summary>Messages of NETLINK_KOBJECT_UEVENT, as Linux 6.1 sends them.</summary>
internal sealed class VerityUeventTests
{
    private const string Start = "change@/devices/virtual/block/dm-3\0ACTION=change\0DEVPATH=/devices/virtual/block/dm-3\0SUBSYSTEM=block\0";
    private const string Rest = "DEVNAME=dm-3\0DEVTYPE=disk\0DISKSEQ=12\0SEQNUM=1234\0MAJOR=254\0MINOR=3\0";

    [TestCase("0,17", "data block 17")]
    [TestCase("1,2", "hash block 2")]
    [TestCase("7,2", "block 7,2")]
    public void TryParse_Corruption_IsDeviceAndBlock(string value, string block)
    {
        VerityUevent? uevent = Parse($"{Start}DM_VERITY_ERR_BLOCK_NR={value}\0{Rest}");

        Assert.That(uevent, Is.EqualTo(new VerityUevent(Sys.makedev(254, 3), block)));
    }

    [TestCase("")]
    [TestCase("\0\0\0")]
    [TestCase(Start + Rest)]
    [TestCase("libudev\0\u00fe\u00ed")]
    [TestCase("change@/x\0DM_VERITY_ERR_BLOCK_NR=0,1\0MAJOR=254\0")]
    [TestCase("change@/x\0DM_VERITY_ERR_BLOCK_NR=0,1\0MAJOR=254\0MINOR=x\0")]
    [TestCase("change@/x\0XDM_VERITY_ERR_BLOCK_NR=0,1\0MAJOR=254\0MINOR=3\0")]
    public void TryParse_AnythingElse_IsNull(string message) => Assert.That(Parse(message), Is.Null);

    private static VerityUevent? Parse(string message) => VerityUevent.TryParse(Encoding.Latin1.GetBytes(message));
}
