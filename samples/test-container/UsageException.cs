// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Samples;

/// <summary>The command line is wrong.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    internal const string Text = """
        usage: test-container [COMMAND]
          abort                      end by SIGABRT
          attack PID                 try to look into another process; print what succeeds
          call-delete-module FLAGS   call delete_module(NULL, FLAGS)
          cat PATH                   print a file
          close-streams              close the standard streams
          crash                      end with exit code 101
          daemon                     leave a process in a session of its own
          eat-memory                 take memory until somebody ends it
          env                        print the environment
          execute PROGRAM [ARGS...]  become another program
          escape MARKER              try to reach a file of the host and other things out of reach, and print what worked
          exit CODE                  end with this exit code
          fill PATH                  write to a file until nothing more fits
          flood MEGABYTES            write so much without a line end
          fork-bomb                  fork until the limit is met, in every child too
          fork-child                 start a child that sleeps and print its pid
          garbage                    print bytes that are no text
          hostname NAME              set the host name and print it
          ignore-signals             ignore every signal that can be
          inspect [--json]           print what this process sees
          ipc                        make a System V segment and a queue, and print what there is of both
          keyring                    print the id of the session keyring
          kill-all                   kill every process there is
          mknod PATH b|c MAJOR MINOR make a device node, and print the errno
          open r|w|p PATH...         open files to read, to write or as paths, and print the errno of each
          orphans COUNT              leave so many children without a parent that end
          print MESSAGE [-i|--io stdout|stderr]
          raise-limit                ask for a descriptor more than the hard limit allows
          read PATH                  read a file and print how many bytes it has
          readlink PATH              print the target of a symbolic link
          setsid                     leave the session of init
          sleep                      do nothing (the default)
          socket NAME                talk to itself through one of the manifest's sockets
          sockopt NAME               print whether an inherited socket has SO_PASSCRED
          spin                       use the processor
          stat PATH                  print mode, uid, gid and type
          swap PATH PATH             exchange two entries of a directory again and again
          touch PATH                 create or truncate a file
          tree DEPTH                 make a chain of so many processes
          write MESSAGE PATH         write a text to a file
        """;
}
