// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime;

namespace Northstar.Tests.Runtime;

/// <summary>The configuration of a kernel.</summary>
internal sealed class KernelConfigurationTests
{
    [TestCase("CONFIG_A=y", "A", "y")]
    [TestCase("CONFIG_A=m\r", "A", "m")]
    [TestCase("CONFIG_A=\"a=b\"", "A", "\"a=b\"")]
    [TestCase("CONFIG_A=y\nCONFIG_A=n", "A", null)]
    [TestCase("# CONFIG_A is not set\nCONFIG_B=y", "A", null)]
    [TestCase("CONFIG_AB=y", "A", null)]
    [TestCase(" CONFIG_A=y\nCONFIG_B=8", "B", "8")]
    public void Find_OfText_IsItsValue(string text, string option, string? value) =>
        Assert.That(KernelConfiguration.Parse(text).Find(option), Is.EqualTo(value));

    [TestCase("")]
    [TestCase("hello=world")]
    [TestCase("CONFIG_=y")]
    public void Parse_WithoutAnyOption_Throws(string text) =>
        Assert.That(() => KernelConfiguration.Parse(text), Throws.TypeOf<InvalidDataException>());

    [Test]
    public void Load_TooLong_Throws()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[KernelConfiguration.MaxBytes + 1]);
            Assert.That(() => KernelConfiguration.Load(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains("longer"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
