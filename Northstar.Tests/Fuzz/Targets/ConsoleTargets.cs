// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Pipelines;
using System.Text;
using Northstar.Api;
using Northstar.Tests.Api;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>What arrives at a console and at its clients: lines, messages, and the address that a user gives.</summary>
internal static class ConsoleTargets
{
    private const int MaxLine = 300;

    private static readonly ErrorPatterns s_patterns = new(
        "*: a line of UTF-8 is needed", "*: no JSON, or nested too deeply", "*: a string is no text", "*: no member tells what it is", "*: * is needed, not *",
        "*: a member is given twice", "*: a member of the object is missing", "*: the alternative needs data", "*: unknown request", "*: unknown response",
        "*: unknown token verification", "*: unknown result", "*: unknown exit status", "*: unknown error", "*: unknown reason", "*: unknown notification",
        "*: unknown cgroup event",
        "*: U+0000 is not allowed", "*: a container 'name:version' is needed", "*: a container name is needed", "*: a version 'major.minor.patch' is needed",
        "*: canonical base64 is needed", "*: a token of * bytes in canonical base64 is needed", "*: true or false is needed", "*: an integer from 0 to 2^64-1 is needed",
        "*: an integer from 0 to 2^32-1 is needed", "*: an integer from -2^31 to 2^31-1 is needed", "*: -0 is no integer",
        "*: stdout or stderr is needed", "*: a number of bytes is needed, and only there", "*: invalid manifest: *");

    private static readonly ErrorPatterns s_framer = new(["*: the line is longer than * bytes", "*: the last line has no line feed", "console message: *"]);

    private static readonly ErrorPatterns s_address = new(
        "*: the schemes are tcp:// and unix://", "*: tcp://HOST[:PORT] is needed", "*: an IPv6 address in brackets is needed", "*: the host is missing or malformed",
        "*: the port is a number from 0 to 65535", "*: unix:///PATH with an absolute path is needed", "*: the path is longer than the 107 bytes that a Unix socket may have");

    /// <summary>For each kind of error that the tests of the codec might not have.</summary>
    private static readonly string[] s_nearMisses =
    [
        "{", """{"request":"list","x":"\ud800"}""", "{}", """{"request":5}""", """{"request":"list","request":"list"}""", """{"request":{"kill":{}}}""", """{"request":"kill"}""", """{"request":"stop"}""",
        """{"response":"stop"}""", """{"response":{"token_verification":"ok"}}""", """{"response":{"kill":{"fine":1}}}""", """{"notification":{"exit":["a:0.0.1",{"died":1}]}}""",
        """{"response":{"kill":{"error":{"container":"a:0.0.1","error":{"bad":1}}}}}""", """{"connect_nack":"no"}""", """{"notification":"none"}""", """{"notification":{"c_group":["a:0.0.1",{"cpu":1}]}}""",
        """{"request":{"start":{"container":"a:0.0.1","init":"\u0000","arguments":[],"environment":{}}}}""", """{"request":{"inspect":{"container":"a"}}}""",
        """{"request":{"token_create":{"target":"a/b","shared":""}}}""", """{"connect":{"version":"1","subscribe_notifications":true}}""", """{"request":{"token_create":{"target":"t","shared":"AA"}}}""",
        """{"notification":{"output":["a:0.0.1",{"stream":"stdin","data":""}]}}""", """{"notification":{"output":["a:0.0.1",{"stream":"stdout","data":1}]}}""",
        """{"response":{"token":"AA=="}}""", """{"connect":{"version":"0.9.3","subscribe_notifications":1}}""", """{"request":{"install":{"repository":"r","size":1.5}}}""",
        """{"request":{"kill":{"container":"a:0.0.1","signal":2147483648}}}""", """{"request":{"kill":{"container":"a:0.0.1","signal":-0}}}""",
        """{"response":{"inspect":{"ok":{"container":"a:1.0.0","data":{"manifest":{"name":"a"},"repository":"r","mounted":false}}}}}""",
        """{"response":{"inspect":{"ok":{"container":"a:1.0.0","data":{"manifest":{"name":"a","version":"1.0.0","uid":1,"gid":1},"repository":"r","mounted":true,"process":{"pid":-1,"uptime":1,"statistics":{}}}}}}}""",
        """{"response":{"inspect":{"ok":{"container":"a:1.0.0","data":{"manifest":{"name":"a","version":"1.0.0","uid":1,"gid":1,"custom":[1,{"x":null}]},"repository":"r","mounted":true,"process":{"pid":1,"uptime":1,"statistics":{"cpu":[1.5e3,{}]}}}}}}}""",
    ];

    internal static IEnumerable<FuzzTarget> All()
    {
        byte[][] messages = [.. Corpora.Bytes(Corpora.GoldenLines("console-protocol.ndjson")), .. Corpora.Bytes(Corpora.GoldenLines("console-extensions.ndjson")), .. Corpora.Bytes(s_nearMisses),
            .. Corpora.Bytes(Corpora.TestCases(typeof(MessageCodecRulesTests))), [0xFF]];
        yield return new FuzzTarget
        {
            Name = "console-message",
            Corpus = messages,
            Probes =
            [
                Corpora.Bytes("{\"request\":\"list\",\"x\":" + new string('[', 500_000)), Corpora.Bytes("{\"request\":\"list\",\"x\":" + Wire.Nested(126) + "}"),
                Corpora.Bytes("{\"request\":{\"mount\":{\"containers\":[" + string.Join(',', Enumerable.Repeat("\"a:0.0.1\"", 50_000)) + "]}}}"),
            ],
            Mutator = new TextMutator(["\"", "null", "true", "{}", "[]", "{\"ok\":{}}", "{\"error\":{}}"], messages),
            Parse = input => new FuzzOutcome(MessageCodec.Decode(input)),
            Check = (_, value) => CheckMessage((Message)value),
            Refusal = e => e is ProtocolException ? [s_patterns.KindOf(e.Message)] : null,
            Kinds = s_patterns.Kinds,
            AllocationCapBytes = 256 << 10,
            AllocationPerByte = 64,
            Cases = 40_000,
        };
        yield return Framer(messages);
        byte[][] addresses =
        [
            .. Corpora.Bytes(Corpora.TestCases(typeof(ConsoleAddressTests))),
            .. Corpora.Bytes("tcp://localhost:4200", "unix:///run/x", "tcp://[::1]:1", "http://x", "tcp:x", "tcp://[x]", "tcp://", "tcp://h:x", "unix:a",
            $"unix:///{new string('a', 107)}"),
        ];
        yield return new FuzzTarget
        {
            Name = "console-address",
            Corpus = addresses,
            Mutator = new TextMutator(["tcp://", "unix://", "[::1]", "%eth0", "?", "#", "@"], addresses),
            Parse = input => new FuzzOutcome(ConsoleAddress.Parse(Encoding.UTF8.GetString(input))),
            Check = (_, value) => FuzzException.Require(value.Equals(ConsoleAddress.Parse(value.ToString()!)), $"'{value}' reads as another address"),
            Refusal = e => e is FormatException ? [s_address.KindOf(e.Message)] : null,
            Kinds = s_address.Kinds,
            AllocationCapBytes = 1 << 20,
            Cases = 12_000,
        };
    }

    /// <summary>A stream of lines in pieces of any length: the messages in front of the first bad line, then one error.</summary>
    private static FuzzTarget Framer(byte[][] messages)
    {
        byte[][] streams =
        [
            .. messages.Take(20).Select(line => (byte[])[.. line, (byte)'\n', .. messages[0], (byte)'\n']),
            .. Corpora.Bytes("", "\n", "{\"request\":\"list\"}\r\n{\"request\":\"list\"}"),
            Corpora.Bytes(new string('x', MaxLine + 1)), Corpora.Bytes(new string(' ', MaxLine - 18) + "{\"request\":\"list\"}\n"),
            Corpora.Bytes(new string(' ', MaxLine - 17) + "{\"request\":\"list\"}\n"),
        ];
        return new FuzzTarget
        {
            Name = "line-framer",
            Corpus = streams,
            Probes = [new byte[1 << 20]],
            Mutator = new TextMutator(["\n", "\r\n", "{\"request\":\"list\"}\n"], streams),
            Parse = input => new FuzzOutcome(ReadAll(input)),
            Check = (input, value) => CheckLines(input, (List<Message>)value),
            Refusal = e => e is ProtocolException ? [s_framer.KindOf(e.Message)] : null,
            Kinds = s_framer.Kinds,
            AllocationCapBytes = 1 << 20,
            Cases = 15_000,
        };
    }

    private static List<Message> ReadAll(byte[] input)
    {
        var framer = new LineFramer(PipeReader.Create(Pieces.Of(input)), MaxLine);
        List<Message> messages = [];
        while (framer.ReadMessageAsync().AsTask().GetAwaiter().GetResult() is { } message)
        {
            messages.Add(message);
        }

        return messages;
    }

    private static void CheckLines(byte[] input, List<Message> messages)
    {
        string[] lines = Encoding.UTF8.GetString(input).Split('\n')[..^1];
        FuzzException.Require(
            lines.Select(line => Wire.Encode(Wire.Decode(line))).SequenceEqual(messages.Select(Wire.Encode)), "the messages are those of the lines");
    }

    private static void CheckMessage(Message message)
    {
        string line = Wire.Encode(message);
        FuzzException.Require(line.IndexOf('\n') == line.Length - 1, "a message is one line");
        FuzzException.Require(Wire.Encode(Wire.Decode(line)) == line, $"a message reads back as it was written: {line}");
    }
}
