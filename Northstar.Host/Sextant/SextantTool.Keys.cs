// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Npk;

namespace Northstar.Host.Sextant;

/// <content>Signing lists of keys.</content>
internal sealed partial class SextantTool
{
    private void AddSignKeys(Command parent)
    {
        var list = new Argument<string>("LIST") { Description = "The list of keys, signed or not" };
        Option<string?> key = SigningKey("The root key to sign with");
        key.Required = true;
        var output = new Option<string?>("--out", "-o") { Description = "The file that gets the signed list; the list itself without it", HelpName = "FILE" };
        Command verb = Verb(parent, "sign-keys", "Check a list of keys that may sign packages, and sign it", (ParseResult parsed, CancellationToken _) =>
        {
            string path = parsed.GetRequiredValue(list);
            using PrivateKey root = ReadPrivateKey(parsed.GetRequiredValue(key)!);
            byte[] signed = ReadFile("the list of keys", path, text => KeyList.Sign(text, root, path));
            Replace(parsed.GetValue(output) ?? path, signed);
        });
        verb.Arguments.Add(list);
        verb.Options.Add(key);
        verb.Options.Add(output);
    }

    /// <summary>Writes beside and renames: a runtime that watches the file never reads half of it.</summary>
    private static void Replace(string path, byte[] bytes)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new ToolException($"write the list of keys {path}: {e.Message}", e);
        }
    }
}
