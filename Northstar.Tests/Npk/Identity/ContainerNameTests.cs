// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Identity;

[TestFixture]
public sealed class ContainerNameTests
{
    [TestCase("", TestName = "U001_{m}{a}")]
    [TestCase("a%", TestName = "U003_{m}{a}")]
    [TestCase("^foo", TestName = "U003_{m}{a}")]
    [TestCase("test*", TestName = "U003_{m}{a}")]
    [TestCase("\0", TestName = "U004_{m}{a}")]
    [TestCase("a\0b", TestName = "U004_{m}{a}")]
    [TestCase("test/../test", TestName = "U007_{m}{a}")]
    [TestCase("a:b")]
    [TestCase("a b")]
    [TestCase("а", Description = "A Cyrillic letter that looks like a Latin one.")]
    public void Parse_Malformed_Throws(string text)
    {
        Assert.That(ContainerName.TryParse(text, out _), Is.False);
        Assert.Throws<FormatException>(() => ContainerName.Parse(text));
    }

    [TestCase("a")]
    [TestCase(".a", TestName = "U003_{m}{a}")]
    [TestCase("a..b", TestName = "U003_{m}{a}")]
    [TestCase("-x")]
    [TestCase("Az09._-")]
    public void Parse_WellFormed_IsUsable(string text)
    {
        ContainerName name = ContainerName.Parse(text);

        Assert.That(name.ToString(), Is.EqualTo(text));
        Assert.That(name.IsUsable);
    }

    [TestCase(".")]
    [TestCase("..")]
    [TestCase("...")]
    public void U003_Parse_DotsAlone_IsNotUsable(string text)
    {
        Assert.That(ContainerName.Parse(text).IsUsable, Is.False);
        Assert.That(ManifestReader.Read(Encoding.UTF8.GetBytes($"name: '{text}'\nversion: 0.0.1\nuid: 1\ngid: 1")).Manifest, Is.Null);
    }

    [TestCase(128, true, true)]
    [TestCase(129, true, false)]
    [TestCase(1024, true, false)]
    [TestCase(1025, false, false)]
    [TestCase(2000, false, false)]
    public void U002_Parse_Length_IsLimited(int length, bool parses, bool usable)
    {
        Assert.That(ContainerName.TryParse(new string('a', length), out ContainerName name), Is.EqualTo(parses));
        Assert.That(parses && name.IsUsable, Is.EqualTo(usable));
    }

    /// <summary>Directories are named after containers: whatever name is usable stays a direct child of the base.</summary>
    [Test]
    public void H08_UsableName_IsADirectChildOfABase()
    {
        var random = new Random(8);
        const string characters = "aZ09..__--./\\:\0 ~\u0430";
        int usable = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => characters[random.Next(characters.Length)]));
            if (ContainerName.TryParse(text, out ContainerName name) && name.IsUsable)
            {
                usable++;
                string path = Path.GetFullPath(Path.Combine("/data", name.ToString()));
                Assert.That((Path.GetDirectoryName(path), Path.GetFileName(path)), Is.EqualTo(("/data", text)));
            }
        }

        Assert.That(usable, Is.GreaterThan(1000));
    }

    [Test]
    public void U014_ContainerId_Parse_SplitsNameAndVersion() =>
        Assert.That(ContainerId.Parse("test:0.0.1"), Is.EqualTo(new ContainerId(ContainerName.Parse("test"), new PackageVersion(0, 0, 1))));

    [TestCase("test\0:0.0.1")]
    [TestCase("tes%t:0.0.1")]
    [TestCase("test")]
    [TestCase("test:")]
    [TestCase("test:1.0")]
    [TestCase("test:0.0.1:x")]
    public void U015_ContainerId_Parse_Malformed_Throws(string text) => Assert.Throws<FormatException>(() => ContainerId.Parse(text));
}
