// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Api;

/// <summary>What a decoder accepts and refuses.</summary>
public sealed class MessageCodecRulesTests
{
    private const string Token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJw==";

    // Unknown members are ignored.
    [TestCase("""{"x":1,"request":"list","y":{"a":[]}}""", """{"request":"list"}""")]
    [TestCase("""{"x":1,"x":2,"request":"list"}""", """{"request":"list"}""")]
    [TestCase("""{"connect":{"extensions":{"a":[]},"version":"0.9.3","subscribe_notifications":true}}""", """{"connect":{"version":"0.9.3","subscribe_notifications":true}}""")]
    [TestCase("""{"connect_ack":{"x":1,"extensions":["from-later"]}}""", """{"connect_ack":{"extensions":["from-later"]}}""")]
    [TestCase("""{"connect":{"unknown":true,"version":"0.9.3","subscribe_notifications":true}}""", """{"connect":{"version":"0.9.3","subscribe_notifications":true}}""")]
    [TestCase("""{"request":{"kill":{"signal":9,"x":{"signal":1},"container":"a:0.0.1"}}}""", """{"request":{"kill":{"container":"a:0.0.1","signal":9}}}""")]
    [TestCase("""{"response":{"install":{"ok":{"x":[{}],"container":"a:0.0.1","x":1}}}}""", """{"response":{"install":{"ok":{"container":"a:0.0.1"}}}}""")]
    // Members that may be missing.
    [TestCase("""{"request":{"start":{"container":"a:0.0.1","arguments":[],"environment":{}}}}""", """{"request":{"start":{"container":"a:0.0.1","init":null,"arguments":[],"environment":{}}}}""")]
    [TestCase("""{"notification":{"c_group":["a:0.0.1",{"memory":{}}]}}""", """{"notification":{"c_group":["a:0.0.1",{"memory":{"low":null,"high":null,"max":null,"oom":null,"oom_kill":null}}]}}""")]
    // The last of several equal keys of a map counts.
    [TestCase("""{"request":{"start":{"container":"a:0.0.1","init":null,"arguments":[],"environment":{"A":"1","A":"2"}}}}""", """{"request":{"start":{"container":"a:0.0.1","init":null,"arguments":[],"environment":{"A":"2"}}}}""")]
    // An alternative without data may be an object with null.
    [TestCase("""{"request":{"list":null}}""", """{"request":"list"}""")]
    [TestCase("""{"response":{"token_verification":{"Ok":null}}}""", """{"response":{"token_verification":"Ok"}}""")]
    [TestCase("""{"connect_nack":{"permission_denied":null}}""", """{"connect_nack":"permission_denied"}""")]
    // Versions lose their suffix.
    [TestCase("""{"connect":{"version":"1.2.3-rc.1+b5","subscribe_notifications":false}}""", """{"connect":{"version":"1.2.3","subscribe_notifications":false}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a:1.2.3-rc.1"}}}""", """{"request":{"inspect":{"container":"a:1.2.3"}}}""")]
    // Escapes, needed or not.
    [TestCase("""{"\u0072equest":"li\u0073t"}""", """{"request":"list"}""")]
    [TestCase("""{"request":{"token_create":{"target":"t","shared":"\u002B\u002F8="}}}""", """{"request":{"token_create":{"target":"t","shared":"+/8="}}}""")]
    [TestCase("""{"request":{"install":{"repository":"\ud83d\ude00\u00e4","size":0}}}""", """{"request":{"install":{"repository":"😀ä","size":0}}}""")]
    // Limits of integers.
    [TestCase("""{"request":{"kill":{"container":"a:0.0.1","signal":-2147483648}}}""", """{"request":{"kill":{"container":"a:0.0.1","signal":-2147483648}}}""")]
    [TestCase("""{"request":{"install":{"repository":"","size":18446744073709551615}}}""", """{"request":{"install":{"repository":"","size":18446744073709551615}}}""")]
    // An old runtime acknowledges with its configuration.
    [TestCase("""{"connect_ack":{"configuration":{"permissions":["ident"]}}}""", """{"connect_ack":null}""")]
    // The first member that decodes counts, in the order of the protocol.
    [TestCase("""{"request":"list","connect":5}""", """{"request":"list"}""")]
    [TestCase("""{"notification":"shutdown","request":"list"}""", """{"request":"list"}""")]
    public void Decode_Tolerated_GivesTheNormalForm(string line, string normal)
    {
        // The encoder may write a character raw or escaped, so both sides go through it.
        Assert.That(Wire.Encode(Wire.Decode(line)), Is.EqualTo(Wire.Encode(Wire.Decode(normal))));
        Assert.That(Wire.Decode(line), Is.EqualTo(Wire.Decode(normal)));
    }

    [TestCase("")]
    [TestCase("  \t")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"hello":1}""")]
    [TestCase("""{"request":"list"} {"request":"list"}""")]
    [TestCase("""{"request":"list"}x""")]
    [TestCase("""{"request":"list",}""")]
    [TestCase("""{"request":"list"/**/}""")]
    [TestCase("\uFEFF{\"request\":\"list\"}")]
    [TestCase("{\"request\":\n\"list\"}", Description = "a line feed inside")]
    [TestCase("""{"request":"list","request":"list"}""")]
    [TestCase("""{"request":"List"}""")]
    [TestCase("""{"request":"stop"}""")]
    [TestCase("""{"request":null}""")]
    [TestCase("""{"request":{}}""")]
    [TestCase("""{"request":{"list":{}}}""")]
    [TestCase("""{"request":{"list":[]}}""")]
    [TestCase("""{"request":{"list":null,"ident":null}}""")]
    [TestCase("""{"request":"start"}""")]
    [TestCase("""{"request":{"start":["a:0.0.1",null,[],{}]}}""")]
    [TestCase("""{"request":{"start":{"container":"a:0.0.1","init":null,"environment":{}}}}""", Description = "no arguments")]
    [TestCase("""{"request":{"start":{"container":"a:0.0.1","init":null,"arguments":[]}}}""", Description = "no environment")]
    [TestCase("""{"request":{"start":{"container":"a:0.0.1","init":null,"arguments":null,"environment":{}}}}""")]
    [TestCase("""{"request":{"start":{"container":"a:0.0.1","init":null,"arguments":["\u0000"],"environment":{}}}}""")]
    [TestCase("""{"request":{"start":{"container":"a:0.0.1","init":null,"arguments":[],"environment":{"A\u0000":""}}}}""")]
    [TestCase("""{"request":{"start":{"container":"a:0.0.1","init":null,"arguments":[],"environment":{"A":null}}}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a:0.0.1","container":"a:0.0.1"}}}""")]
    [TestCase("""{"request":{"inspect":{"container":null}}}""")]
    [TestCase("""{"request":{"inspect":{}}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a"}}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a b:0.0.1"}}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a:0.0.01"}}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a:0.0.1:r"}}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a: 0.0.1"}}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a:0.0"}}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a:v0.0.1"}}}""")]
    [TestCase("""{"request":{"inspect":{"container":"a:0.0.18446744073709551616"}}}""")]
    [TestCase("""{"request":{"kill":{"container":"a:0.0.1","signal":1.0}}}""")]
    [TestCase("""{"request":{"kill":{"container":"a:0.0.1","signal":1e1}}}""")]
    [TestCase("""{"request":{"kill":{"container":"a:0.0.1","signal":-0}}}""")]
    [TestCase("""{"request":{"kill":{"container":"a:0.0.1","signal":"1"}}}""")]
    [TestCase("""{"request":{"kill":{"container":"a:0.0.1","signal":2147483648}}}""")]
    [TestCase("""{"request":{"install":{"repository":"r","size":-1}}}""")]
    [TestCase("""{"request":{"install":{"repository":"r","size":18446744073709551616}}}""")]
    [TestCase("""{"request":{"uninstall":{"container":"a:0.0.1"}}}""", Description = "no wipe")]
    [TestCase("""{"request":{"uninstall":{"container":"a:0.0.1","wipe":1}}}""")]
    [TestCase("""{"request":{"token_create":{"target":"t"}}}""", Description = "no shared")]
    [TestCase("""{"request":{"token_create":{"target":"t","shared":"AA"}}}""", Description = "no padding")]
    [TestCase("""{"request":{"token_create":{"target":"t","shared":"AB=="}}}""", Description = "stray bits")]
    [TestCase("""{"request":{"token_create":{"target":"t","shared":"AA =="}}}""")]
    [TestCase("""{"request":{"token_create":{"target":"t","shared":"A A A A "}}}""")]
    [TestCase("""{"request":{"token_create":{"target":"t","shared":"-_8="}}}""")]
    [TestCase("""{"request":{"token_verify":{"token":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUm","user":"u","shared":""}}}""", Description = "T244: 39 bytes")]
    [TestCase("""{"connect":{"version":"0.9.3"}}""")]
    [TestCase("""{"connect":{"version":"0.9","subscribe_notifications":false}}""")]
    [TestCase("""{"connect_nack":"invalid_protocol_version"}""")]
    [TestCase("""{"response":{"token_verification":"ok"}}""")]
    [TestCase("""{"response":{"mount":{"ok":{"container":"a:0.0.1"}}}}""")]
    [TestCase("""{"response":{"kill":{"error":{"error":{"unexpected":{"error":""}}}}}}""", Description = "no container")]
    [TestCase("""{"notification":{"exit":["a:0.0.1"]}}""")]
    [TestCase("""{"notification":{"exit":["a:0.0.1",{"exit":{"code":0}},1]}}""")]
    [TestCase("""{"notification":{"cgroup":["a:0.0.1",{"memory":{}}]}}""")]
    // Half of a surrogate pair, wherever it is.
    [TestCase("""{"request":{"install":{"repository":"\ud800","size":0}}}""")]
    [TestCase("""{"request":"list","x":"\udc00"}""")]
    [TestCase("""{"request":"list","\ud800":1}""")]
    [TestCase("""{"request":"list","x":[{"\ud800":1}]}""")]
    [TestCase("""{"request":"\ud800"}""")]
    public void Decode_Refused_Throws(string line) =>
        Assert.That(() => Wire.Decode(line), Throws.TypeOf<ProtocolException>());

    [Test]
    public void Decode_InvalidUtf8_Throws()
    {
        byte[] line = Encoding.Latin1.GetBytes("""{"request":"list","x":"ä"}""");

        Assert.That(() => MessageCodec.Decode(line), Throws.TypeOf<ProtocolException>());
    }

    [TestCase(126, true)]
    [TestCase(127, false)]
    public void Decode_Nesting_HasALimitOf127Levels(int levelsBelowTheEnvelope, bool accepted)
    {
        string line = $$"""{"request":"list","x":{{Wire.Nested(levelsBelowTheEnvelope)}}}""";

        Assert.That(() => Wire.Decode(line), accepted ? Throws.Nothing : Throws.TypeOf<ProtocolException>());
    }

    [Test]
    public void Decode_LongestName_IsAccepted()
    {
        string name = new('a', ContainerName.MaxWireLength);

        Assert.That(Wire.Decode($$$"""{"response":{"ident":"{{{name}}}:0.0.0"}}"""), Is.EqualTo(new Response.Ident(ContainerId.Parse(name + ":0.0.0"))));
        Assert.That(() => Wire.Decode($$$"""{"response":{"ident":"{{{name}}}a:0.0.0"}}"""), Throws.TypeOf<ProtocolException>());
    }

    [Test]
    public void Encode_LongestContainer_IsWhole()
    {
        string id = new string('a', ContainerName.MaxWireLength) + $":{ulong.MaxValue}.{ulong.MaxValue}.{ulong.MaxValue}";

        Assert.That(Wire.Encode(new Response.Ident(ContainerId.Parse(id))), Is.EqualTo($$$"""{"response":{"ident":"{{{id}}}"}}""" + "\n"));
    }

    [Test]
    public void Encode_StartWithNul_ThrowsArgument()
    {
        Request.Start start = new Request.Start(ContainerId.Parse("a:0.0.1")) with { Arguments = ["a\0b"] };

        Assert.That(() => Wire.Encode(start), Throws.ArgumentException);
    }

    [Test]
    public void Encode_AfterAFailedOne_IsWhole()
    {
        Assert.That(() => Wire.Encode(new Request.Start(ContainerId.Parse("a:0.0.1")) with { Init = "\0" }), Throws.ArgumentException);
        Assert.That(Wire.Encode(new Request.List()), Is.EqualTo("{\"request\":\"list\"}\n"));
    }

    [Test]
    public void Encode_TextWithLineFeed_StaysOnOneLine()
    {
        string line = Wire.Encode(new Response.Install(new ApiError.Unexpected("a\nb\r\"\u2028é😀")));

        Assert.That(line.IndexOf('\n'), Is.EqualTo(line.Length - 1));
        Assert.That(Wire.Decode(line), Is.EqualTo(new Response.Install(new ApiError.Unexpected("a\nb\r\"\u2028é😀"))));
    }

    [Test]
    public void Decode_Token_HasItsBytes()
    {
        var response = (Response.TokenCreate)Wire.Decode($$$"""{"response":{"token":"{{{Token}}}"}}""");

        Assert.That(response.Token.Bytes.ToArray(), Is.EqualTo(Enumerable.Range(0, 40).Select(i => (byte)i)));
    }
}
