// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Api;

/// <summary>Inspect data on the wire.</summary>
public sealed class InspectDataTests
{
    private const string Manifest = """{"name":"hello","version":"0.0.1","console":{"permissions":["ident","list"]},"init":"/hello","uid":1000,"gid":1000,"mounts":{"/dev":{"type":"dev"}},"custom":{"a":[1,null,"x"]}}""";

    private static string Line(string data) => """{"response":{"inspect":{"ok":{"container":"hello:0.0.1","data":""" + data + "}}}}\n";

    [Test]
    public void Encode_NotStarted_HasTheMembersOfTheProtocol()
    {
        string line = Line($$"""{"manifest":{{Manifest}},"repository":"default","mounted":false,"process":null,"integrity":null}""");

        var response = (Response.Inspect)Wire.Decode(line);

        Assert.That(response.Data!.Manifest.Id, Is.EqualTo(ContainerId.Parse("hello:0.0.1")));
        Assert.That(response.Data.Manifest.Console, Is.EqualTo(Permissions.Ident | Permissions.List));
        Assert.That(response.Data.Process, Is.Null);
        Assert.That(Wire.Encode(response), Is.EqualTo(line));
    }

    [Test]
    public void Encode_Started_KeepsStatisticsAsTheyAre()
    {
        string process = """{"pid":42,"uptime":123456789,"statistics":{"cpu":{"stat":"a\nb"},"memory":null,"new":[1e400]}}""";
        string line = Line($$"""{"manifest":{{Manifest}},"repository":"default","mounted":true,"process":{{process}},"integrity":"dm-verity"}""");

        var response = (Response.Inspect)Wire.Decode(line);

        Assert.That(response.Data!.Process!.Pid, Is.EqualTo(42));
        Assert.That(response.Data.Process.Uptime, Is.EqualTo(TimeSpan.FromTicks(1234567)));
        Assert.That(response.Data.Process.Statistics.ToJson().GetProperty("cpu").GetProperty("stat").GetString(), Is.EqualTo("a\nb"));
        Assert.That(response.Data.Integrity, Is.EqualTo("dm-verity"));
        Assert.That(Wire.Encode(response), Is.EqualTo(line));
    }

    [TestCase("""{"key":"k","package":"p","pin":["a","b"],"floor":"1.2.3","revoked":"r","refused":"f"}""")]
    [TestCase("""{"key":null,"package":null,"pin":[],"floor":null,"revoked":null,"refused":null}""")]
    public void Encode_WithItsOrigin_KeepsIt(string trust)
    {
        string line = Line($$"""{"manifest":{{Manifest}},"repository":"default","mounted":false,"process":null,"integrity":null,"trust":{{trust}}}""");

        var response = (Response.Inspect)Wire.Decode(line);

        Assert.That(response.Data!.Trust, Is.Not.Null);
        Assert.That(Wire.Encode(response), Is.EqualTo(line));
    }

    [TestCase("""{"mounted":false,"x":{"y":1},"manifest":M,"repository":"r"}""", Description = "order, unknown member, no process, no integrity")]
    [TestCase("""{"manifest":M,"repository":"r","mounted":true,"process":{"uptime":1,"x":1,"pid":1,"statistics":{}},"integrity":"future"}""")]
    public void Decode_FromAnotherRuntime_IsAccepted(string data) =>
        Assert.That(((Response.Inspect)Wire.Decode(Line(data.Replace("M", Manifest)))).Data!.Repository, Is.EqualTo("r"));

    [TestCase("""{"repository":"r","mounted":false}""")]
    [TestCase("""{"manifest":M,"mounted":false}""")]
    [TestCase("""{"manifest":M,"repository":"r"}""")]
    [TestCase("""{"manifest":null,"repository":"r","mounted":false}""")]
    [TestCase("""{"manifest":M,"manifest":M,"repository":"r","mounted":false}""")]
    [TestCase("""{"manifest":{"name":"a"},"repository":"r","mounted":false}""", Description = "incomplete manifest")]
    [TestCase("""{"manifest":{"name":"a","version":"0.0.1","uid":1,"gid":1,"x":1},"repository":"r","mounted":false}""", Description = "unknown member of the manifest")]
    [TestCase("""{"manifest":M,"repository":"r","mounted":false,"process":{}}""")]
    [TestCase("""{"manifest":M,"repository":"r","mounted":false,"trust":{}}""")]
    [TestCase("""{"manifest":M,"repository":"r","mounted":false,"trust":{"key":null,"package":null,"pin":[],"floor":"1","revoked":null,"refused":null}}""")]
    [TestCase("""{"manifest":M,"repository":"r","mounted":false,"process":{"pid":-1,"uptime":1,"statistics":{}}}""")]
    [TestCase("""{"manifest":M,"repository":"r","mounted":false,"process":{"pid":1,"uptime":1,"statistics":[]}}""")]
    [TestCase("""{"manifest":M,"repository":"r","mounted":false,"process":{"pid":1,"uptime":1,"statistics":{"a":"\udc00"}}}""")]
    public void Decode_Malformed_Throws(string data) =>
        Assert.That(() => Wire.Decode(Line(data.Replace("M", Manifest))), Throws.TypeOf<ProtocolException>());

    [Test]
    public void Decode_DeepCustomSection_IsAcceptedUpToTheLimitOfMessages()
    {
        // Envelope, inspect, ok, data, manifest and custom object come before: the seven levels of { in front.
        string Data(int levels) => $$$$"""{"manifest":{"name":"a","version":"0.0.1","uid":1,"gid":1,"custom":{"a":{{{{Wire.Nested(levels)}}}}}},"repository":"r","mounted":false}""";

        Assert.That(() => Wire.Decode(Line(Data(120))), Throws.Nothing);
        Assert.That(() => Wire.Decode(Line(Data(121))), Throws.TypeOf<ProtocolException>());
    }

    [Test]
    public void Statistics_Created_AreOneObjectOnOneLine()
    {
        ProcessStatistics statistics = ProcessStatistics.Create(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("stat", "a\nb");
            writer.WriteEndObject();
        });

        Assert.That(Encoding.UTF8.GetString(statistics.Utf8Json), Is.EqualTo("""{"stat":"a\nb"}"""));
        Assert.That(() => ProcessStatistics.Create(writer => writer.WriteStringValue("{}")), Throws.ArgumentException);
    }
}
