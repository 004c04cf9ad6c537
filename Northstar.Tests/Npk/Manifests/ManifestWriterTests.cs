// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

[TestFixture]
public sealed class ManifestWriterTests
{
    private const string Example = """
        name: climate-control
        version: 2.4.0
        init: /opt/climate/bin/climated
        args: [--zone, cabin]
        env:
          LOG_LEVEL: debug
          RETRIES: 3            # becomes the text "3"
        uid: 2100
        gid: 2100
        suppl_groups: [gpio]
        capabilities: [CAP_NET_BIND_SERVICE]
        autostart: relaxed
        io: {stdout: pipe, stderr: pipe}
        network: !namespace vehicle
        sched:
          policy: !other
            nice: 5
        rlimits:
          nofile: {soft: 256, hard: 512}
          core: {soft: 0}
        console:
          permissions: [notifications, ident]
        mounts:
          /proc: {type: proc}
          /dev: {type: dev}
          /lib: {type: bind, host: /lib, options: " nodev,rw , nosuid "}
          /tmp: {type: tmpfs, size: 20M}
          /opt/climate/tables:
            type: resource
            name: climate-tables
            version: '>= 1.2 ,<2'
            dir: /tables
            options: noexec,nosuid,nodev
        seccomp:
          profile: default
          allow:
            clone: any
            keyctl: !args
              index: 0
              values: [0x0B]
        selinux: {}
        sockets:
          commands: {type: seq_packet, mode: 0o640, gid: 2200, passcred: true}
        cgroups:
          memory: {memory_hard_limit: 33554432}
          cpu: {}
          blkio: {weight_device: [{major: 8, minor: 0}], throttle_read_bps_device: [], throttle_read_iops_device: , throttle_write_bps_device: , throttle_write_iops_device: }
        custom:
          owner: body-electronics
          list: [[a, [b]], {c: 1, d: []}, 1e22, '1.50']
        """;

    private const string Rendered = """
        name: climate-control
        version: 2.4.0
        console:
          permissions:
          - ident
          - notifications
        init: /opt/climate/bin/climated
        args:
        - --zone
        - cabin
        env:
          LOG_LEVEL: debug
          RETRIES: '3'
        uid: 2100
        gid: 2100
        sched:
          policy: !other
            nice: 5
        mounts:
          /dev:
            type: dev
          /lib:
            type: bind
            host: /lib
            options: rw,nosuid,nodev
          /opt/climate/tables:
            type: resource
            name: climate-tables
            version: '>=1.2, <2'
            dir: /tables
            options: noexec,nosuid,nodev
          /proc:
            type: proc
          /tmp:
            type: tmpfs
            size: 20000000
        autostart: relaxed
        cgroups:
          blkio:
            weight_device:
            - major: 8
              minor: 0
            throttle_read_bps_device: []
            throttle_read_iops_device: []
            throttle_write_bps_device: []
            throttle_write_iops_device: []
          cpu: {}
          memory:
            oom_monitor: false
            memory_hard_limit: 33554432
        network: !namespace vehicle
        seccomp:
          profile: default
          allow:
            clone: any
            keyctl: !args
              index: 0
              values:
              - 11
        selinux:
          mount_context: null
          exec: null
        capabilities:
        - CAP_NET_BIND_SERVICE
        suppl_groups:
        - gpio
        rlimits:
          core:
            soft: 0
            hard: null
          nofile:
            soft: 256
            hard: 512
        sockets:
          commands:
            type: seq_packet
            mode: 416
            gid: 2200
            passcred: true
        io:
          stdout: pipe
          stderr: pipe
        custom:
          list:
          - - a
            - - b
          - c: 1
            d: []
          - 1e22
          - '1.50'
          owner: body-electronics

        """;

    [Test]
    public void WriteYaml_Example_HasTheNormalForm() => Assert.That(ManifestText.Yaml(ManifestText.Parse(Example)), Is.EqualTo(Rendered));

    [Test]
    public void WriteYaml_NormalForm_StaysAsItIs() => Assert.That(ManifestText.Yaml(ManifestText.Parse(Rendered)), Is.EqualTo(Rendered));

    [Test]
    public void WriteYaml_SmallestManifest_HasFourLines()
    {
        byte[] yaml = ManifestWriter.WriteYaml(ManifestText.Parse("gid: 1000\nuid: 0x3e8\nversion: 1.2.3-rc.1+5\nname: demo\nargs: []\n"));

        Assert.That(Encoding.UTF8.GetString(yaml), Is.EqualTo("name: demo\nversion: 1.2.3\nuid: 1000\ngid: 1000\n"));
        Assert.That(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(yaml)), Is.EqualTo(
            "917ba7ad96b987c2c0cf3ecf245e5db8a33c75b7cfb64069524860d280ab5e8c"), "the vector of the package format");
    }

    [TestCase("seccomp: {}", "seccomp: {}\n")]
    [TestCase("seccomp: {allow: {}}", "seccomp:\n  allow: {}\n")]
    [TestCase("seccomp: {allow: {a: !args {index: 0, values: [], mask: 0x1}}}", "seccomp:\n  allow:\n    a: !args\n      index: 0\n      values: []\n      mask: 1\n")]
    [TestCase("cgroups: {}", "cgroups: {}\n")]
    [TestCase("console: {permissions: []}", "console:\n  permissions: []\n")]
    [TestCase("console: {permissions: [ident, inspect, install, kill, list, notifications, mount, repositories, shutdown, start, start_command, token_create, token_verification, umount, uninstall]}",
        "console:\n  permissions: full\n", TestName = "U052_{m}{a}")]
    [TestCase("network: host", "network: host\n")]
    [TestCase("sched: {policy: !idle }", "sched:\n  policy: idle\n")]
    [TestCase("mounts: {/x: {type: bind, host: y, options: ''}}", "mounts:\n  /x:\n    type: bind\n    host: y\n")]
    [TestCase("custom: {}", "custom: {}\n")]
    [TestCase("custom: text", "custom: text\n")]
    [TestCase("custom: [[]]", "custom:\n- []\n")]
    [TestCase("custom: [[{}]]", "custom:\n- - {}\n")]
    [TestCase("custom: {<<: 1}", null)]
    [TestCase("custom: {'<<': 1}", "custom:\n  '<<': 1\n")]
    public void WriteYaml_Section_HasItsForm(string yaml, string? rendered)
    {
        if (rendered is null)
        {
            Assert.That(ManifestText.Errors(ManifestText.Base + yaml), Is.Not.Empty);
            return;
        }

        string text = ManifestText.Yaml(ManifestText.With(yaml));

        Assert.That(text.Replace(ManifestText.Yaml(ManifestText.With("")).Split("uid")[0], "", StringComparison.Ordinal), Does.Contain(rendered));
        Assert.That(ManifestText.Yaml(ManifestText.Parse(text)), Is.EqualTo(text));
    }

    [TestCase("plain", "plain")]
    [TestCase("yes", "yes")]
    [TestCase("on", "on")]
    [TestCase("-x", "-x")]
    [TestCase("a:b", "a:b")]
    [TestCase("a#b", "a#b")]
    [TestCase("it's", "it's")]
    [TestCase("grün 😀", "grün 😀")]
    [TestCase("0.0.1", "0.0.1")]
    [TestCase("=1.0", "=1.0")]
    [TestCase("", "''")]
    [TestCase("null", "'null'")]
    [TestCase("~", "'~'")]
    [TestCase("true", "'true'")]
    [TestCase("5", "'5'")]
    [TestCase("1.5", "'1.5'")]
    [TestCase(".inf", "'.inf'")]
    [TestCase("0x1F", "'0x1F'")]
    [TestCase("0644", "'0644'")]
    [TestCase("-0644", "'-0644'")]
    [TestCase(">=1", "'>=1'")]
    [TestCase("*", "'*'")]
    [TestCase("a: b", "'a: b'")]
    [TestCase("a:", "'a:'")]
    [TestCase("a #b", "'a #b'")]
    [TestCase(" a", "' a'")]
    [TestCase("a ", "'a '")]
    [TestCase("'a'", "'''a'''")]
    [TestCase("- a", "'- a'")]
    [TestCase("-", "'-'")]
    [TestCase("---", "'---'")]
    [TestCase("[a", "'[a'")]
    [TestCase("@a", "'@a'")]
    [TestCase("a\tb", "\"a\\tb\"")]
    [TestCase("a\r\nb", "\"a\\r\\nb\"")]
    [TestCase("a\u0001\u007f\u0085\u2028\ufeff\"\\", "\"a\\x01\\x7F\\N\\L\\uFEFF\\\"\\\\\"")]
    [TestCase("a \nb", "\"a \\nb\"")]
    [TestCase("a\nb ", "\"a\\nb \"")]
    [TestCase("a\nb", "|-\n  a\n  b")]
    [TestCase("a\nb\n", "|\n  a\n  b")]
    [TestCase("a\n\nb\n\n", "|+\n  a\n\n  b\n")]
    [TestCase(" a\nb", "|2-\n   a\n  b")]
    [TestCase("\na", "|2-\n\n  a")]
    [TestCase("\n", "|2+\n")]
    public void WriteYaml_Text_HasItsStyle(string text, string style)
    {
        Manifest manifest = ManifestText.With("") with { Args = [text, text], Env = new Dictionary<string, string> { ["A"] = text } };

        string yaml = ManifestText.Yaml(manifest);

        Assert.That(yaml, Does.Contain($"args:\n- {style}\n- {style}\nenv:\n  A: {style.Replace("\n  ", "\n    ", StringComparison.Ordinal)}\n"));
        Assert.That(ManifestText.Parse(yaml).Args, Is.EqualTo(new[] { text, text }));
        Assert.That(ManifestText.Parse(yaml).Env["A"], Is.EqualTo(text));
    }

    [TestCase("a\nb")]
    [TestCase("a: b")]
    [TestCase("? a")]
    [TestCase("a *")]
    [TestCase("")]
    [TestCase("\0")]
    [TestCase("1")]
    public void WriteYaml_Key_ReadsBack(string key)
    {
        foreach (string name in (string[])[key, key + new string('k', 2000)])
        {
            var custom = new Dictionary<string, string[]> { [name] = ["x"], ["~z"] = [] };
            Manifest manifest = ManifestText.With("") with { Custom = JsonSerializer.SerializeToElement(custom) };

            Manifest read = ManifestText.Parse(ManifestText.Yaml(manifest));

            Assert.That(read.Custom!.Value.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { name, "~z" }));
        }
    }

    [Test]
    public void Json_Example_HasTheFormOfTheConsole()
    {
        string json = Json(ManifestText.Parse(Example));

        Assert.That(json, Does.Contain("\"sched\":{\"policy\":{\"other\":{\"nice\":5}}}"));
        Assert.That(json, Does.Contain("\"network\":{\"namespace\":\"vehicle\"}"));
        Assert.That(json, Does.Contain("\"keyctl\":{\"args\":{\"index\":0,\"values\":[11]}}"));
        Assert.That(json, Does.Contain("\"selinux\":{\"mount_context\":null,\"exec\":null}"));
        Assert.That(json, Does.Contain("\"/lib\":{\"type\":\"bind\",\"host\":\"/lib\",\"options\":\"rw,nosuid,nodev\"}"));
        Assert.That(json, Does.StartWith("{\"name\":\"climate-control\",\"version\":\"2.4.0\",\"console\":{\"permissions\":[\"ident\",\"notifications\"]}"));
        Assert.That(ManifestText.Yaml(ManifestJson.Read(Encoding.UTF8.GetBytes(json))), Is.EqualTo(Rendered));
        Assert.That(ManifestText.Yaml(ManifestText.Parse(json)), Is.EqualTo(Rendered));
    }

    [TestCase("", Description = "What only validation refuses passes.")]
    [TestCase(",\"init\":\"\",\"sched\":{\"policy\":\"deadline\"}")]
    [TestCase(",\"sched\":{\"policy\":{\"idle\":null},\"x\":1}")]
    [TestCase(",\"rlimits\":{\"core\":{}}")]
    [TestCase(",\"env\":{\"A\":\"1\",\"A\":\"2\"}")]
    public void Json_Read_ChecksTheFormAlone(string members) =>
        Assert.That(ManifestJson.Read(Encoding.UTF8.GetBytes($$"""{"name":"..","version":"1.0.0","uid":0,"gid":0{{members}}}""")).Uid, Is.Zero);

    [TestCase(",\"x\":1")]
    [TestCase(",\"args\":null")]
    [TestCase(",\"uid\":1")]
    [TestCase(",\"init\":\"a\\u0000b\"", TestName = "U011_{m}{a}")]
    [TestCase(",\"console\":{\"permissions\":\"full\",\"x\":1}")]
    [TestCase(",\"autostart\":\"Relaxed\"")]
    [TestCase(",\"sched\":{\"policy\":{\"idle\":{}}}")]
    [TestCase(",\"sched\":{\"policy\":{\"idle\":null,\"deadline\":null}}")]
    [TestCase(",\"sched\":{\"policy\":{}}")]
    [TestCase(",\"sched\":{\"policy\":{\"other\":[5]}}")]
    [TestCase(",\"sched\":{\"policy\":{\"other\":{\"nice\":1.0}}}")]
    [TestCase(",\"sched\":{\"policy\":{\"other\":{\"nice\":-0}}}")]
    [TestCase(",\"mounts\":{\"/a\":{\"type\":\"dev\"},\"/a\":{\"type\":\"dev\"}}")]
    [TestCase(",\"mounts\":{\"/a\":{\"type\":\"bind\",\"host\":\"b\",\"options\":\"ro\"}}")]
    [TestCase(",\"mounts\":{\"/a\":{\"type\":\"tmpfs\",\"size\":1,\"options\":\"\"}}")]
    [TestCase(",\"capabilities\":[\"CAP_KILL\",\"CAP_KILL\"]")]
    [TestCase(",\"sockets\":{\"s\":{\"type\":\"stream\",\"mode\":\"0\"}}")]
    [TestCase("}{")]
    public void Json_Read_RefusesWhatIsUndecodable(string members) =>
        Assert.Throws<ManifestException>(() => ManifestJson.Read(Encoding.UTF8.GetBytes($$"""{"name":"a","version":"1.0.0","uid":0,"gid":0{{members}}}""")));

    [Test]
    public void Json_Read_TakesAnElementOfAMessage()
    {
        using JsonDocument message = JsonDocument.Parse("""{"manifest":{"name":"a","version":"1.0.0","uid":1,"gid":2}}""");

        Assert.That(ManifestJson.Read(message.RootElement.GetProperty("manifest")).Gid, Is.EqualTo(2));
    }

    [Test]
    public void Json_Read_AllowsDeepCustomData()
    {
        string deep = new string('[', 120) + new string(']', 120);

        Assert.That(ManifestJson.Read(Encoding.UTF8.GetBytes($$"""{"name":"a","version":"1.0.0","uid":1,"gid":2,"custom":{{deep}}}""")).Custom!.Value.GetRawText(), Is.EqualTo(deep));
    }

    internal static string Json(Manifest manifest)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            ManifestJson.Write(writer, manifest);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
