// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Configuration;
using Northstar.Host.Toml;
using Northstar.Npk.Toml;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Host;

/// <summary>TOML files behind Microsoft.Extensions.Configuration.</summary>
public sealed class TomlConfigurationTests
{
    [Test]
    public void AddTomlFile_Document_BecomesKeys()
    {
        using var folder = new TestFolder();
        string path = folder.Write("a.toml", "a = \"x\"\nn = 1_000\nf = 1.5\nb = true\nd = 2020-01-02\nl = [\"p\", { q = 1 }]\n[t.u]\nv = \"w\"\n"u8.ToArray());
        IConfigurationRoot configuration = new ConfigurationBuilder().AddTomlFile(path).Build();
        Assert.That(
            configuration.AsEnumerable().Where(static pair => pair.Value is not null).OrderBy(static pair => pair.Key, StringComparer.Ordinal)
                .Select(static pair => $"{pair.Key}={pair.Value}"),
            Is.EqualTo(new[] { "a=x", "b=true", "d=2020-01-02", "f=1.5", "l:0=p", "l:1:q=1", "n=1000", "t:u:v=w" }));
    }

    [Test]
    public void AddTomlFile_MissingOrMalformed_Throws()
    {
        using var folder = new TestFolder();
        string path = folder.Write("a.toml", "a = "u8.ToArray());
        Assert.That(() => new ConfigurationBuilder().AddTomlFile(path).Build(), Throws.InstanceOf<TomlException>());
        Assert.That(() => new ConfigurationBuilder().AddTomlFile(folder["b"]).Build(), Throws.InstanceOf<IOException>());
    }
}
