// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;

namespace Northstar.Tests.Api;

/// <summary>Addresses of consoles.</summary>
public sealed class ConsoleAddressTests
{
    [TestCase("tcp://localhost", "localhost", 4200)]
    [TestCase("TCP://localhost:", "localhost", 4200)]
    [TestCase("tcp://127.0.0.1:80", "127.0.0.1", 80)]
    [TestCase("tcp://host:0/path?query#fragment", "host", 0)]
    [TestCase("tcp://host?query", "host", 4200)]
    [TestCase("tcp://[::1]", "::1", 4200)]
    [TestCase("tcp://[fe80::1%eth0]:65535", "fe80::1%eth0", 65535)]
    public void Parse_Tcp_GivesHostAndPort(string text, string host, int port) =>
        Assert.That(ConsoleAddress.Parse(text), Is.EqualTo(new ConsoleAddress.Tcp(host, port)));

    [TestCase("unix:///tmp/x", "/tmp/x")]
    [TestCase("unix:/tmp/x", "/tmp/x")]
    [TestCase("unix://tmp/x", "/x", Description = "the first word is the host of the URL")]
    [TestCase("unix:///tmp/a%20b?query", "/tmp/a%20b", Description = "escapes are not decoded")]
    public void Parse_Unix_GivesThePath(string text, string path) =>
        Assert.That(ConsoleAddress.Parse(text), Is.EqualTo(new ConsoleAddress.Unix(path)));

    [TestCase("")]
    [TestCase("localhost:4200")]
    [TestCase("http://localhost")]
    [TestCase("tcp:localhost")]
    [TestCase("tcp://")]
    [TestCase("tcp://:4200")]
    [TestCase("tcp://host:65536")]
    [TestCase("tcp://host:-1")]
    [TestCase("tcp://host:+1")]
    [TestCase("tcp://user@host")]
    [TestCase("tcp://::1")]
    [TestCase("tcp://[::1")]
    [TestCase("tcp://[::1]x")]
    [TestCase("tcp://[::1]4200")]
    [TestCase("tcp://[127.0.0.1]")]
    [TestCase("unix://")]
    [TestCase("unix:///")]
    [TestCase("unix://tmp")]
    [TestCase("unix:tmp/x")]
    public void Parse_Malformed_ThrowsFormat(string text)
    {
        Assert.That(() => ConsoleAddress.Parse(text), Throws.TypeOf<FormatException>());
        Assert.That(ConsoleAddress.TryParse(text, out _), Is.False);
    }

    [Test]
    public void Parse_PathOfASocket_HasALimit()
    {
        string longest = "/" + new string('a', ConsoleAddress.MaxPathBytes - 1);

        Assert.That(ConsoleAddress.Parse("unix://" + longest), Is.EqualTo(new ConsoleAddress.Unix(longest)));
        Assert.That(() => ConsoleAddress.Parse("unix://" + longest + "a"), Throws.TypeOf<FormatException>().With.Message.Contains("107"));
    }

    [TestCase("tcp://[::1]:4200")]
    [TestCase("tcp://localhost:1")]
    [TestCase("unix:///tmp/x")]
    public void ToString_Parsed_GivesTheSameText(string text) => Assert.That(ConsoleAddress.Parse(text).ToString(), Is.EqualTo(text));
}
