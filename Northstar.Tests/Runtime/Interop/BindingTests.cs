// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using Northstar.Runtime.Interop;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Interop;

/// <summary>Proves constants, sizes and offsets of the bindings against the C headers: a C compiler checks one assertion for each.</summary>
internal sealed class BindingTests
{
    private const string Includes = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <grp.h>
        #include <linux/audit.h>
        #include <linux/bpf.h>
        #include <linux/capability.h>
        #include <linux/dm-ioctl.h>
        #include <linux/filter.h>
        #include <linux/keyctl.h>
        #include <linux/loop.h>
        #include <linux/mount.h>
        #include <linux/netlink.h>
        #include <linux/nsfs.h>
        #include <linux/openat2.h>
        #include <linux/sched.h>
        #include <linux/magic.h>
        #include <linux/seccomp.h>
        #include <linux/securebits.h>
        #include <net/if.h>
        #include <poll.h>
        #include <pwd.h>
        #include <sched.h>
        #include <signal.h>
        #include <spawn.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/epoll.h>
        #include <sys/file.h>
        #include <sys/inotify.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/prctl.h>
        #include <sys/resource.h>
        #include <sys/signalfd.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/vfs.h>
        #include <sys/wait.h>
        #include <unistd.h>
        #ifndef MNT_DETACH
        #define MNT_DETACH 2
        #endif
        #ifndef MS_REC
        #define MS_REC 0x4000
        #define MS_PRIVATE 0x40000
        #define MS_SLAVE 0x80000
        #endif
        #ifndef PIDFD_SIGNAL_PROCESS_GROUP
        #define PIDFD_SIGNAL_PROCESS_GROUP 4
        #endif
        """;

    /// <summary>Names of our structures whose C name differs.</summary>
    private static readonly Dictionary<string, string> s_names = new()
    {
        ["cap_user_header"] = "struct __user_cap_header_struct",
        ["sigset_t"] = "sigset_t",
        ["rlimit64"] = "struct rlimit64",
        ["sock_fprog"] = "struct sock_fprog",
        ["statx_result"] = "struct statx",
    };

    /// <summary>Ours are larger on purpose, hold two of the C structure, or have no C counterpart.</summary>
    private static readonly string[] s_withoutCounterpart = ["posix_spawn_opaque", "cap_user_data", "bpf_prog_load_attr", "bpf_prog_attach_attr"];

    [Test]
    public void H93_ConstantsAndSizes_AreThoseOfTheHeaders()
    {
        if (HostProbe.FindTool("gcc") is not { } compiler)
        {
            Assert.Ignore("needs gcc");
            return;
        }

        string source = Includes + "\n" + string.Join('\n', Constants().Concat(Structures())) + "\nint main(void) { return 0; }\n";
        string directory = Directory.CreateTempSubdirectory("northstar-bindings-").FullName;
        try
        {
            string file = Path.Combine(directory, "bindings.c");
            File.WriteAllText(file, source);
            using Process gcc = Process.Start(new ProcessStartInfo(compiler, ["-fsyntax-only", file]) { RedirectStandardError = true })!;
            string errors = gcc.StandardError.ReadToEnd();
            gcc.WaitForExit();
            Assert.That(gcc.ExitCode, Is.Zero, errors);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public void Constants_AreMany() => Assert.That(Constants().Count(), Is.GreaterThan(100));

    private static IEnumerable<string> Constants()
    {
        foreach (FieldInfo field in typeof(Sys).GetFields(BindingFlags.Static | BindingFlags.NonPublic).Where(static f => f.IsLiteral))
        {
            var value = Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture);
            string name = field.Name;
            yield return new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"#ifdef {name}")
                .AppendLine(CultureInfo.InvariantCulture, $"_Static_assert((unsigned)({name}) == (unsigned)({value}LL), \"{name}\");").Append("#endif").ToString();
        }

        foreach (Errno errno in Enum.GetValues<Errno>().Where(static e => e != Errno.None))
        {
            yield return $"_Static_assert({errno} == {(int)errno}, \"{errno}\");";
        }
    }

    private static IEnumerable<string> Structures()
    {
        MethodInfo sizeOf = typeof(System.Runtime.CompilerServices.Unsafe).GetMethod("SizeOf")!;
        foreach (Type type in typeof(Sys).GetNestedTypes(BindingFlags.NonPublic).Where(static t => t.IsValueType && t.IsLayoutSequential && !t.Name.StartsWith('<')))
        {
            if (s_withoutCounterpart.Contains(type.Name))
            {
                continue;
            }

            object size = sizeOf.MakeGenericMethod(type).Invoke(null, null)!;
            string name = s_names.GetValueOrDefault(type.Name, "struct " + type.Name);
            yield return $"_Static_assert(sizeof({name}) == {size}, \"size of {name}\");";
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Where(static f => !f.Name.StartsWith('_') && f.Name != "bits"))
            {
                if (!type.Name.StartsWith("ifreq", StringComparison.Ordinal))
                {
                    string cName = s_fields.GetValueOrDefault((type.Name, field.Name), field.Name);
                    yield return $"_Static_assert(offsetof({name}, {cName}) == {Offset(type, field)}, \"{name}.{field.Name}\");";
                }
            }
        }
    }

    private static readonly Dictionary<(string, string), string> s_fields = new()
    {
        [("rlimit64", "soft")] = "rlim_cur",
        [("rlimit64", "hard")] = "rlim_max",
    };

    private static int Offset(Type type, FieldInfo field)
    {
        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
        int offset = 0;
        foreach (FieldInfo candidate in fields)
        {
            int size = (int)typeof(System.Runtime.CompilerServices.Unsafe).GetMethod("SizeOf")!.MakeGenericMethod(Blittable(candidate.FieldType)).Invoke(null, null)!;
            int alignment = Math.Min(size, 8);
            if (candidate.FieldType is { IsValueType: true, IsPrimitive: false, IsEnum: false } nested)
            {
                alignment = nested.Name.Contains("e__FixedBuffer", StringComparison.Ordinal)
                    ? Math.Min(8, (int)typeof(System.Runtime.CompilerServices.Unsafe).GetMethod("SizeOf")!.MakeGenericMethod(nested.GetFields()[0].FieldType).Invoke(null, null)!)
                    : 8;
            }

            offset = (offset + alignment - 1) / alignment * alignment;
            if (candidate == field)
            {
                return offset;
            }

            offset += size;
        }

        throw new ArgumentException(field.Name);
    }

    private static Type Blittable(Type type) => type.IsPointer ? typeof(nint) : type;
}
