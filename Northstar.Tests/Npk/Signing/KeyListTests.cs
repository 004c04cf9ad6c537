// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Signing;

/// <summary>Signed lists of keys.</summary>
internal sealed class KeyListTests
{
    private static readonly string s_key = Convert.ToBase64String(TestPackage.PublicKey.Bytes);

    [Test]
    public void H19_Parse_SignedList_HasSerialKeysNamesClassAndTime()
    {
        using PrivateKey root = PrivateKey.Generate();
        byte[] signed = Sign(root, $"northstar keys 1\n# of May\n\nserial 7\nkey {s_key} names=app-*,gateway class=vendor not-after=2030-01-31T10:20:30Z\n");
        KeyList list = KeyList.Parse(signed, [root.PublicKey], "keys");
        ListedKey key = list.Find(TestPackage.PublicKey)!;
        Assert.Multiple(() =>
        {
            Assert.That((list.Serial, list.Keys.Count, key.Class), Is.EqualTo((7L, 1, "vendor")));
            Assert.That(key.NotAfter, Is.EqualTo(new DateTimeOffset(2030, 1, 31, 10, 20, 30, TimeSpan.Zero)));
            Assert.That(key.HasExpired(key.NotAfter!.Value), Is.False);
            Assert.That(key.HasExpired(key.NotAfter!.Value.AddSeconds(1)), Is.True);
            Assert.That(key.MaySign(ContainerName.Parse("app-1")) && key.MaySign(ContainerName.Parse("gateway")), Is.True);
            Assert.That(key.MaySign(ContainerName.Parse("gateway2")) || key.MaySign(ContainerName.Parse("App-1")), Is.False);
            Assert.That(list.Find(root.PublicKey), Is.Null);
        });
    }

    [Test]
    public void H19_Parse_AnyByteChanged_IsRefused()
    {
        using PrivateKey root = PrivateKey.Generate();
        byte[] signed = Sign(root, $"northstar keys 1\nserial 7\nkey {s_key}\n");
        for (int i = 0; i < signed.Length; i++)
        {
            byte[] changed = [.. signed];
            changed[i] ^= 1;
            Assert.That(() => KeyList.Parse(changed, [root.PublicKey], "keys"), Throws.TypeOf<NpkException>(), $"byte {i}");
        }

        Assert.That(() => KeyList.Parse(signed, [TestPackage.PublicKey], "keys"), Throws.TypeOf<NpkException>().With.Message.Contains("no root key signed"));
        Assert.That(() => KeyList.Parse([.. signed, (byte)'\n'], [root.PublicKey], "keys"), Throws.TypeOf<NpkException>());
    }

    [Test]
    public void H19_Sign_ListWithSignature_ReplacesIt()
    {
        using PrivateKey first = PrivateKey.Generate();
        using PrivateKey second = PrivateKey.Generate();
        byte[] again = KeyList.Sign(Sign(first, $"northstar keys 1\nserial 7\nkey {s_key}\n"), second, "keys");
        Assert.That(KeyList.Parse(again, [second.PublicKey], "keys").Serial, Is.EqualTo(7));
        Assert.That(() => KeyList.Parse(again, [first.PublicKey], "keys"), Throws.TypeOf<NpkException>());
    }

    [TestCase("northstar keys 2\nserial 1\nkey @\n", "does not begin")]
    [TestCase("northstar keys 1\nserial 1\nkey @", "cut off")]
    [TestCase("northstar keys 1\n", "it has no key")]
    [TestCase("northstar keys 1\nkey @\n", "line 2: the first line after the head is \"serial N\"")]
    [TestCase("northstar keys 1\nserial 0\nkey @\n", "line 2: ")]
    [TestCase("northstar keys 1\nserial 07\nkey @\n", "line 2: ")]
    [TestCase("northstar keys 1\nserial -1\nkey @\n", "line 2: ")]
    [TestCase("northstar keys 1\nserial 1\n", "it has no key")]
    [TestCase("northstar keys 1\nserial 1\n\nkey @\nkey @\n", "line 5: the key ")]
    [TestCase("northstar keys 1\nserial 1\nkeys @\n", "line 3: this is neither")]
    [TestCase("northstar keys 1\nserial 1\nkey AAAA\n", "line 3: the key is not 32 bytes in Base64")]
    [TestCase("northstar keys 1\nserial 1\nkey AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "line 3: load a public key")]
    [TestCase("northstar keys 1\nserial 1\nkey @ names=\n", "line 3: '' is no name")]
    [TestCase("northstar keys 1\nserial 1\nkey @ names=a?\n", "line 3: 'a?' is no name")]
    [TestCase("northstar keys 1\nserial 1\nkey @ class=a*\n", "line 3: 'a*' is no class")]
    [TestCase("northstar keys 1\nserial 1\nkey @ not-after=2030-01-31\n", "line 3: '2030-01-31' is no time")]
    [TestCase("northstar keys 1\nserial 1\nkey @ class=a class=b\n", "line 3: class is given twice")]
    [TestCase("northstar keys 1\nserial 1\nkey @ until=2030\n", "line 3: 'until' is unknown")]
    [TestCase("northstar keys 1\nserial 1\nkey @  class=a\n", "line 3: '' is unknown")]
    public void H19_Sign_ListOfAnotherForm_IsRefusedWithItsLine(string text, string message)
    {
        using PrivateKey root = TestPackage.Key();
        Assert.That(() => Sign(root, text.Replace("@", s_key, StringComparison.Ordinal)), Throws.TypeOf<NpkException>().With.Message.Contains($"read the list of keys keys: {message}").Or.Message.Contains(message));
    }

    private static byte[] Sign(PrivateKey root, string text) => KeyList.Sign(Encoding.ASCII.GetBytes(text), root, "keys");
}
