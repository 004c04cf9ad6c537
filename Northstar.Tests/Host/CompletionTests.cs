// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Host;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Host;

/// <summary>The scripts for shells: run by the shells themselves.</summary>
public sealed class CompletionTests
{
    private static readonly string[] s_shells = ["bash", "elvish", "fish", "powershell", "zsh"];
    private static readonly string[] s_verbs =
    [
        "completion", "ident", "inspect", "install", "kill", "list", "logs", "mount", "notifications", "repositories", "seccomp", "shutdown", "start", "token",
        "top", "umount",
        "uninstall", "verify-token",
    ];

    [Test]
    public async Task T278_Completion_OfEachShell_KnowsVerbsAndOptions(
        [ValueSource(nameof(s_shells))] string shell, [Values("nstar", "sextant", "northstar")] string tool)
    {
        Invocation run = await Invocation.RunAsync(tool, ["completion", "--shell", shell]);
        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Success, "")));
        string[] expected = tool switch
        {
            "nstar" => [.. s_verbs, "json", "wipe", "no-default-profile"],
            "sextant" => ["pack", "gen-key", "manifest-path", "zstd"],
            _ => [.. s_verbs, "config", "disable-mount-namespace", "check", "kernel-config", "nstar", "sextant", "gen-key"],
        };
        Assert.That(expected, Is.All.Matches<string>(word => run.Output.Contains(word, StringComparison.Ordinal)));
        Assert.That(run.Output, Does.EndWith("\n"));
    }

    [Test]
    public async Task T278_Completion_WithOutput_WritesTheFile()
    {
        using var folder = new TestFolder();
        string path = folder.Write("script", new byte[100_000]);
        Invocation printed = await Invocation.RunAsync("nstar", ["completion", "-s", "bash"]);
        Invocation run = await Invocation.RunAsync("nstar", ["completion", "-s", "bash", "-o", path]);
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, $"wrote the completion of nstar for bash to {path}\n", "")));
        Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo(printed.Output));
    }

    [Test]
    public async Task T278_Completion_FileThatCannotBeWritten_Fails()
    {
        Invocation run = await Invocation.RunAsync("nstar", ["completion", "-s", "bash", "-o", "/nonexistent/script"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.StartWith("Error: write the completion /nonexistent/script: "));
    }

    [TestCase("tcsh")]
    [TestCase("Bash")]
    [TestCase(null)]
    public async Task T278_Completion_UnknownShell_IsAUsageError(string? shell)
    {
        Invocation run = await Invocation.RunAsync("nstar", shell is null ? ["completion"] : ["completion", "--shell", shell]);
        Assert.That((run.Code, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.StartWith(shell is null
            ? "Error: --shell bash|elvish|fish|powershell|zsh is missing\n"
            : $"Error: --shell: '{shell}' is none of bash, elvish, fish, powershell, zsh\n"));
    }

    [TestCase("nstar ", "completion floor ident inspect install kill list logs mount notifications repositories seccomp shutdown start token top umount uninstall verify verify-token")]
    [TestCase("nstar li", "list")]
    [TestCase("nstar -j li", "list")]
    [TestCase("nstar --url tcp : //host:1 li", "list")]
    [TestCase("nstar --ur", "--url")]
    [TestCase("nstar uninstall --w", "--wipe")]
    [TestCase("nstar completion --shell ", "bash elvish fish powershell zsh")]
    [TestCase("nstar completion -s z", "zsh")]
    [TestCase("nstar -u ", "")]
    [TestCase("nstar install a", "a b.npk")]
    [TestCase("nstar completion -s zsh -o a", "a b.npk")]
    [TestCase("nstar ident ", "")]
    [TestCase("nstar repos --j", "--json")]
    [TestCase("sextant pack -c z", "zstd")]
    [TestCase("sextant pack --root ", "dir")]
    [TestCase("northstar ", "check completion nstar sextant")]
    [TestCase("northstar check --k", "--kernel-config")]
    [TestCase("northstar --config a", "a b.npk")]
    [TestCase("northstar nstar li", "list")]
    [TestCase("northstar sextant ge", "gen-key")]
    [TestCase("northstar completion -s z", "zsh")]
    [Requires(HostFeature.Bash)]
    public async Task T278_Completion_InBash_Offers(string line, string offers)
    {
        using var folder = new TestFolder();
        folder.Write("a b.npk", [1]);
        Directory.CreateDirectory(folder["dir"]);
        string tool = line.Split(' ')[0];
        string script = (await Invocation.RunAsync(tool, ["completion", "-s", "bash"])).Output;
        string[] words = line.Split(' ');
        string array = string.Join(' ', words.Select(static w => $"'{w}'"));
        string output = await RunAsync("bash", ["--norc", "-c", $$"""
            set -u
            source /dev/stdin
            COMP_WORDS=({{array}}) COMP_CWORD={{words.Length - 1}}
            "$(complete -p {{tool}} | sed 's/.*-F \([^ ]*\).*/\1/')" 2>&1
            printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"}
            """], script, folder[""]);
        string[] offered = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(offered, Is.EqualTo(offers == "a b.npk" ? [offers] : offers.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [TestCase("northstar che", "check")]
    [TestCase("northstar nstar li", "list")]
    [TestCase("northstar check --kernel-config a", "a b.npk")]
    [TestCase("nstar li", "list")]
    [TestCase("nstar uninstall --w", "--wipe")]
    [TestCase("nstar completion --shell z", "zsh")]
    [TestCase("nstar install a", "a b.npk")]
    [TestCase("nstar -j ide", "ident")]
    [TestCase("sextant pack --compression z", "zstd")]
    [Requires(HostFeature.Fish)]
    public async Task T278_Completion_InFish_Offers(string line, string offer)
    {
        using var folder = new TestFolder();
        folder.Write("a b.npk", [1]);
        string script = (await Invocation.RunAsync(line.Split(' ')[0], ["completion", "-s", "fish"])).Output;
        string output = await RunAsync("fish", ["--no-config", "-c", $"source -; complete -C '{line}'"], script, folder[""]);
        Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => l.Split('\t')[0]), Is.EqualTo(new[] { offer }));
    }

    [TestCase("northstar che", "check")]
    [TestCase("northstar nstar li", "list")]
    [TestCase("northstar check --kernel-config a", "a\\ b.npk")]
    [TestCase("nstar li", "list")]
    [TestCase("nstar uninstall --w", "--wipe")]
    [TestCase("nstar completion --shell z", "zsh")]
    [TestCase("nstar install a", "a\\ b.npk")]
    [TestCase("nstar -j ide", "ident")]
    [TestCase("sextant pack --compression z", "zstd")]
    [Requires(HostFeature.Zsh)]
    public async Task T278_Completion_InZsh_Offers(string line, string offer)
    {
        using var folder = new TestFolder();
        folder.Write("a b.npk", [1]);
        string script = (await Invocation.RunAsync(line.Split(' ')[0], ["completion", "-s", "zsh"])).Output;
        string path = folder.Write("script", System.Text.Encoding.UTF8.GetBytes(script));

        // A shell on a terminal of its own: the line is typed, completed, and written to a file by a key.
        string output = await RunAsync("zsh", ["-f", "-c", $$"""
            zmodload zsh/zpty
            zpty inner zsh -f -i
            zpty -w inner "PS1= ; autoload -Uz compinit && compinit -u -D && source {{path}} && cd {{folder[""]}}"
            zpty -w inner 'say() { print -r -- $BUFFER > {{folder["line"]}}; zle kill-whole-line; print SA""ID }; zle -N say; bindkey "^X^Y" say; print REA""DY'
            zpty -r inner said '*READY*'
            zpty -w -n inner $'{{line}}\t\C-x\C-y'
            zpty -r inner said '*SAID*'
            zpty -d inner
            cat {{folder["line"]}}
            """], "", folder[""]);
        string head = line[..(line.LastIndexOf(' ') + 1)];
        Assert.That(output.TrimEnd(), Is.EqualTo(head + offer));
    }

    [Test]
    [Requires(HostFeature.Elvish)]
    public async Task T278_Completion_InElvish_Parses([Values("nstar", "sextant", "northstar")] string tool)
    {
        using var folder = new TestFolder();
        string script = (await Invocation.RunAsync(tool, ["completion", "-s", "elvish"])).Output;

        // The module edit: exists in an interactive shell alone.
        string body = string.Join('\n', script.Split('\n').Where(static l => !l.StartsWith("set edit:", StringComparison.Ordinal))).Replace("edit:", "edit-");
        body = $$"""
            fn edit-complete-filename {|x| put file }
            fn edit-complex-candidate {|word &display=x| put $word }
            {{body}}
            print (str:join ' ' [(complete-{{tool}} {{tool}} '')])'|'(str:join ' ' [(complete-{{tool}} {{tool}} completion -s '')])
            """;
        string output = await RunAsync("elvish", ["-norc", folder.Write("script.elv", System.Text.Encoding.UTF8.GetBytes(body))], "", folder[""]);
        Assert.That(output, Does.Contain("completion").And.EndWith("|bash elvish fish powershell zsh"));
    }

    [TestCase("nstar li", "list")]
    [TestCase("nstar uninstall --w", "--wipe")]
    [TestCase("nstar completion --shell z", "zsh")]
    [TestCase("nstar -j ide", "ident")]
    [TestCase("nstar repos --j", "--json")]
    [TestCase("nstar ", "completion floor ident inspect install kill list logs mount notifications repositories seccomp shutdown start token top umount uninstall verify verify-token")]
    [TestCase("sextant pack --compression z", "zstd")]
    [Requires(HostFeature.PowerShell)]
    public async Task T278_Completion_InPowerShell_Offers(string line, string offers)
    {
        using var folder = new TestFolder();
        string script = (await Invocation.RunAsync(line.Split(' ')[0], ["completion", "-s", "powershell"])).Output;
        string path = folder.Write("script.ps1", System.Text.Encoding.UTF8.GetBytes($$"""
            {{script}}
            (TabExpansion2 -inputScript '{{line}}' -cursorColumn {{line.Length}}).CompletionMatches | ForEach-Object { $_.CompletionText }
            """));
        string output = await RunAsync("pwsh", ["-NoLogo", "-NoProfile", "-NonInteractive", "-File", path], "", folder[""]);
        Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(offers.Split(' ')));
    }

    private static async Task<string> RunAsync(string shell, string[] arguments, string input, string directory)
    {
        using Process process = Process.Start(new ProcessStartInfo(shell, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory,
            Environment = { ["HOME"] = directory, ["POWERSHELL_TELEMETRY_OPTOUT"] = "1" },
        })!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(await error, Is.Empty);
        return output;
    }
}
