// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host.Configuration;

namespace Northstar.Tests.Host;

/// <summary>What is refused, where, and with which hint.</summary>
public sealed class ConfigurationErrorTests
{
    private const string Console = "[console.global]\nbind = \"unix:///c\"\npermissions = \"full\"\n";
    private const string Repository = "[repositories.x]\ntype = \"mem\"\n";

    // Lines count from the first after the three of the minimal configuration, which is line 4.
    [TestCase("run_dirs = \"x\"", "4:1: unknown key run_dirs; did you mean 'run_dir'?")]
    [TestCase("zebra = 1", "4:1: unknown key zebra; known here are audit_file, cgroup, console, ")]
    [TestCase("Integrity = \"auto\"", "4:1: unknown key Integrity; did you mean 'integrity'?")]
    [TestCase("event-buffer-size = 1", "4:1: unknown key event-buffer-size; did you mean 'event_buffer_size'?")]
    [TestCase("[consoles]\nx = 1", "4:2: unknown key consoles; one external console is configured in [console.global]")]
    [TestCase("[console]\noption = 1", "5:1: unknown key console.option; did you mean 'options'?")]
    [TestCase("[console.options]\ntoken = 1", "5:1: unknown key console.options.token; known here are ")]
    [TestCase(Console + "biind = 1", "7:1: unknown key console.global.biind; did you mean 'bind'?")]
    [TestCase(Console + "options.x = 1", "7:9: unknown key console.global.options.x; known here are ")]
    [TestCase(Repository + "keey = 1", "6:1: unknown key repositories.x.keey; did you mean 'key'?")]
    [TestCase("[repositories.x]\ntype = { fs = { dir = \"p\", x = 1 } }", "5:28: unknown key repositories.x.type.fs.x")]
    [TestCase("[repositories.x]\ntype = { mem = { x = 1 } }", "5:18: unknown key repositories.x.type.mem.x")]
    [TestCase("[debug]\ncomands = []", "5:1: unknown key debug.comands; did you mean 'commands'?")]
    [TestCase("[debug.strace]\noutput = \"log\"\nflag = \"\"", "6:1: unknown key debug.strace.flag; did you mean 'flags'?")]
    [TestCase("[debug.perf]\noutput = \"log\"", "5:1: unknown key debug.perf.output; known here are flags, path")]
    public void U093_UnknownKey_IsAnErrorWithTheNearest(string text, string problem) => AssertProblem(text, problem);

    [Test]
    public void Parse_ThousandsOfUnknownKeys_ReportsAHundred()
    {
        string[] problems = Configurations.Problems(Configurations.Minimal + string.Concat(Enumerable.Range(0, 5000).Select(i => $"key{i} = 1\n")));

        Assert.That(problems, Has.Length.EqualTo(Findings.MaxErrors));
        Assert.That(problems[^1], Does.EndWith("further errors are not shown; mend these first"));
        Assert.That(problems[^2], Does.Contain("unknown key key98"));
    }

    [TestCase("socket_dir = 1", "4:14: socket_dir: a string is needed, not an integer")]
    [TestCase("event_buffer_size = \"1\"", "4:21: event_buffer_size: an integer is needed, not a string")]
    [TestCase("event_buffer_size = -1", "4:21: event_buffer_size: -1 is out of range; 0 to 2147483647 are possible")]
    [TestCase("default_rlimits.nofiles = 1", "4:17: unknown key default_rlimits.nofiles; did you mean 'nofile'?")]
    [TestCase("default_rlimits.nofile = {soft = 2, hard = 1}", "4:17: default_rlimits.nofile: the soft limit is above the hard one")]
    [TestCase("default_rlimits.nofile = \"many\"", "4:26: default_rlimits.nofile: an integer is needed")]
    [TestCase("default_cpu = \"1ms\"", "4:1: default_cpu: 10ms of each second or more are needed")]
    [TestCase("default_pids = 4294967296", "4:16: default_pids: 4294967296 is out of range")]
    [TestCase("loop_device_timeout = 10", "4:23: loop_device_timeout: a string is needed, not an integer; write whole numbers with units")]
    [TestCase("loop_device_timeout = \"10\"", "4:23: loop_device_timeout: a unit is missing at ''; write whole numbers with units")]
    [TestCase("integrity = \"dm_verity\"", "4:13: integrity: 'dm_verity' is unknown; did you mean 'dm-verity'?")]
    [TestCase("seccomp = \"off\"", "4:11: seccomp: 'off' is unknown; possible are default, manifest")]
    [TestCase("console = 1", "4:11: console: a table is needed, not an integer; [console]")]
    [TestCase("repositories = []", "4:16: repositories: a table is needed, not an array")]
    [TestCase("[repositories]\nx = 1", "5:5: repositories.x: a table is needed, not an integer; [repositories.x]")]
    [TestCase("[repositories.x]\nkey = \"a\"", "4:15: repositories.x.type is missing; write \"mem\" or { fs = { dir = \"...\" } }")]
    [TestCase("[repositories.x]\ntype = \"fs\"", "5:8: repositories.x.type: 'fs' needs a directory; write")]
    [TestCase("[repositories.x]\ntype = \"ram\"", "5:8: repositories.x.type: 'ram' is unknown; write")]
    [TestCase("[repositories.x]\ntype = {}", "5:8: repositories.x.type: exactly one of mem and fs is needed, not a table; write")]
    [TestCase("[repositories.x]\ntype = { fs = {} }", "5:8: repositories.x.type.fs.dir is missing: the directory of the packages")]
    [TestCase("[repositories.x]\ntype = { ram = {} }", "5:10: unknown key repositories.x.type.ram; known here are fs, mem")]
    [TestCase(Repository + "capacity_size = 1", "6:17: repositories.x.capacity_size: a string is needed, not an integer")]
    [TestCase(Repository + "capacity_size = \"1 XB\"", "6:17: repositories.x.capacity_size: 'XB' is no unit of size; write bytes")]
    [TestCase(Repository + "mount_on_start = 1", "6:18: repositories.x.mount_on_start: true or false is needed, not an integer")]
    [TestCase(Repository + "keys = \"a\"", "6:8: repositories.x.keys: a list of strings is needed, not a string; write [\"...\"]")]
    [TestCase(Repository + "keys = [\"a\", 1]", "6:14: repositories.x.keys: a string is needed, not an integer")]
    [TestCase(Repository + "on_corruption = \"stopp\"", "6:17: repositories.x.on_corruption: 'stopp' is unknown; did you mean 'stop'?")]
    [TestCase(Repository + "on_revoked = \"warn\"", "6:14: repositories.x.on_revoked: 'warn' is unknown; possible are stop, report")]
    [TestCase(Repository + "development_keys = \"warm\"", "6:20: repositories.x.development_keys: 'warm' is unknown; did you mean 'warn'?")]
    [TestCase(Repository + "floor = \"lern\"", "6:9: repositories.x.floor: 'lern' is unknown; write")]
    [TestCase(Repository + "floor = 1", "6:9: repositories.x.floor: a word or a table is needed, not an integer; write")]
    [TestCase(Repository + "floor = { a = \"1.2\" }", "6:15: repositories.x.floor.a: '1.2' is no version; three numbers are needed")]
    [TestCase(Repository + "floor = { \"a b\" = \"1.2.3\" }", "6:11: repositories.x.floor.a b: 'a b' is no name that a container can have")]
    [TestCase(Repository + "pin = { a = 1 }", "6:13: repositories.x.pin.a: a list of strings is needed, not an integer")]
    [TestCase(Repository + "pin = { \"..\" = \"k\" }", "6:9: repositories.x.pin...: '..' is no name that a container can have")]
    [TestCase("[console.global]\npermissions = \"full\"", "4:1: console.global.bind is missing: tcp://HOST[:PORT] or unix:///PATH")]
    [TestCase("[console.global]\nbind = \"unix:///c\"", "4:1: console.global.permissions is missing: \"full\" or a list of permissions")]
    [TestCase("[console.global]\nbind = \"unix:///c\"\npermissions = [\"ident\", \"lst\"]", "6:25: console.global.permissions: 'lst' is unknown; did you mean 'list'?")]
    [TestCase("[console.global]\nbind = \"unix:///c\"\npermissions = [\"full\", \"downgrad\"]", "6:24: console.global.permissions: 'downgrad' is unknown; did you mean 'downgrade'?")]
    [TestCase("[console.global]\nbind = \"unix:///c\"\npermissions = \"all\"", "6:15: console.global.permissions: 'all' is unknown; write \"full\" or a list")]
    [TestCase(Console + "mode = \"0900\"", "7:8: console.global.mode: '0900' is no mode; write three or four octal digits")]
    [TestCase(Console + "[debug]\nconsole = \"unix:///d\"", "8:1: debug.console and console.global are the same console; remove debug.console")]
    [TestCase("[debug.strace]\nflags = \"-f\"", "4:8: debug.strace.output is missing: \"file\" or \"log\"")]
    [TestCase("[debug.strace]\noutput = \"files\"", "5:10: debug.strace.output: 'files' is unknown; did you mean 'file'?")]
    public void Value_OfNoUse_IsAnErrorAtItsPlace(string text, string problem) => AssertProblem(text, problem);

    [TestCase("event_buffer_size = 0", "4:1: event_buffer_size: 1 or more is needed")]
    [TestCase("notification_buffer_size = 0", "4:1: notification_buffer_size: 1 or more is needed")]
    [TestCase("realtime_budget = \"2s\"", "4:1: realtime_budget: at most one second")]
    [TestCase("loop_device_timeout = \"1y\"", "4:1: loop_device_timeout: 0 to 49 days are possible")]
    [TestCase("socket_dir = \"\"", "4:1: socket_dir: the directory is missing")]
    [TestCase("socket_dir = \"data/x\"", "4:1: socket_dir: ")]
    [TestCase("socket_dir = \"run\"", "4:1: socket_dir: ")]
    [TestCase("[repositories.x]\ntype = { fs = { dir = \"\" } }", "5:1: repositories.x.type: the directory is missing")]
    [TestCase("[repositories.x]\ntype = { fs = { dir = \"./data/y\" } }", "5:1: repositories.x.type: ")]
    [TestCase(Repository + "key = \"\"", "6:1: repositories.x.key: the file is missing")]
    [TestCase(Repository + "keys = [\"\"]", "6:1: repositories.x.keys: the file is missing")]
    [TestCase(Repository + "revoked = \"r\"", "6:1: repositories.x.revoked: the repository has no key")]
    [TestCase(Repository + "pin = { a = [] }", "6:9: repositories.x.pin.a: a key file is missing")]
    [TestCase("[debug.strace]\noutput = \"file\"", "5:1: debug.strace.output: files of strace need a place: log_dir is missing")]
    [TestCase("[debug.perf]", "4:8: debug.perf: files of perf need a place: log_dir is missing")]
    [TestCase("[debug]\nconsole = \"http://x\"", "5:11: console.global.bind: invalid console address 'http://x'")]
    [TestCase("[debug]\ncommands = [\" \"]", "5:1: debug.commands: a command is empty")]
    public void Values_ThatDoNotFit_AreAnErrorAtTheKey(string text, string problem) => AssertProblem(text, problem);

    [TestCase("", "the name of the top-level cgroup is missing")]
    [TestCase("/ns", "begins with '/'")]
    [TestCase("ns/..", "'.' or '..'")]
    [TestCase("a//b", "has an empty part")]
    [TestCase("./a", "'.' or '..'")]
    public void Cgroup_NoRelativePath_IsRefused(string cgroup, string problem) =>
        Assert.That(
            Configurations.Problems($"run_dir = \"run\"\ndata_dir = \"data\"\ncgroup = \"{cgroup}\""),
            Has.Exactly(1).StartsWith("3:1: cgroup: ").And.Contain(problem));

    [Test]
    public void Errors_OfAFile_AreAllReportedInItsOrder()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(
            static () => Configurations.Parse("cgruop = \"x\"\nrun_dir = 1\n[repositories.a]\nstrict = 2\n"))!;

        Assert.That(e.Message.Split('\n'), Is.EqualTo(new[]
        {
            "the configuration northstar.toml has 6 errors",
            "northstar.toml:1:1: data_dir is missing: the directory of the containers' persistent data",
            "northstar.toml:1:1: cgroup is missing: the name of the top-level cgroup",
            "northstar.toml:1:1: unknown key cgruop; did you mean 'cgroup'?",
            "northstar.toml:2:11: run_dir: a string is needed, not an integer",
            "northstar.toml:3:15: repositories.a.type is missing; write \"mem\" or { fs = { dir = \"...\" } }",
            "northstar.toml:4:10: repositories.a.strict: true or false is needed, not an integer",
        }));
    }

    [Test]
    public void U097_FileOf2020_IsAnsweredKeyByKey() =>
        Assert.That(Configurations.Problems(Configurations.Golden("configuration-2020.toml")), Is.EqualTo(new[]
        {
            "2:1: directories.container_dirs is a key of 2020: write a table [repositories.<id>] for each directory, with type = { fs = { dir = \"target/north/registry\" } }",
            "3:1: directories.run_dir is a key of 2020: write run_dir at the top level",
            "4:1: directories.data_dir is a key of 2020: write data_dir at the top level",
            "7:1: cgroups.memory is a key of 2020: write one cgroup at the top level (cgroup = \"north\"): a name relative to the cgroup root, for all controllers; limits are in the manifests",
            "8:1: cgroups.cpu is a key of 2020: write one cgroup at the top level (cgroup = \"north\"): a name relative to the cgroup root, for all controllers; limits are in the manifests",
            "11:1: devices.unshare_root is a key of 2020: remove it: not needed, the runtime sees to its mounts",
            "12:1: devices.unshare_fstype is a key of 2020: remove it: not needed, the runtime sees to its mounts",
            "13:1: devices.loop_control is a key of 2020: remove it: the paths of devices are fixed; loop_device_timeout limits the wait",
            "14:1: devices.loop_dev is a key of 2020: remove it: the paths of devices are fixed; loop_device_timeout limits the wait",
            "15:1: devices.device_mapper is a key of 2020: remove it: the paths of devices are fixed",
            "16:1: devices.device_mapper_dev is a key of 2020: remove it: the paths of devices are fixed",
        }));

    [TestCase("console_address = \"localhost:4200\"", "1:1: console_address is a key of 2020: write [console.global] with bind = \"tcp://localhost:4200\" and permissions")]
    [TestCase("container_uid = 1000", "1:1: container_uid is a key of 2020: remove it: uid and gid are in each manifest")]
    [TestCase("container_gid = 1000", "1:1: container_gid is a key of 2020: remove it")]
    [TestCase("debug = true\n[devices]", "1:1: debug is a key of 2020: remove it: the log level")]
    [TestCase("global_data_dir = true\n[devices]", "1:1: global_data_dir is a key of 2020: remove it: data of a container is a 'persist' mount")]
    [TestCase("[directories]\nkey_dir = \"k\"", "2:1: directories.key_dir is a key of 2020: write key in each [repositories.<id>]")]
    [TestCase("[directories]\nother = \"k\"", "2:1: directories.other is unknown")]
    [TestCase("other = 1\n[cgroups]", "1:1: other is unknown")]
    [TestCase("[cgroups]\nmemory = \"/a/x\"\ncpu = \"/a/y\"", "2:1: cgroups.memory is a key of 2020: write one cgroup at the top level: a name")]
    public void U097_KeyOf2020_IsAnswered(string text, string problem) =>
        Assert.That(Configurations.Problems(text), Has.Exactly(1).StartsWith(problem));

    [Test]
    public void U097_FileOf2020_EndsWithWhatItLacks() =>
        Assert.That(Configurations.Problems("[directories]\nrun_dir = \"r\"\n")[^1], Is.EqualTo("2:1: also needed today, at the top level: data_dir, cgroup"));

    private static void AssertProblem(string text, string problem)
    {
        string[] problems = Configurations.Problems(Configurations.Minimal + text + "\n");
        Assert.That(problems, Has.Length.EqualTo(1));
        Assert.That(problems[0], Does.StartWith(problem));
    }
}
