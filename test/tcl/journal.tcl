# What the suite reads out of append-only files, read out of our journal: these take the place of the
# suite's procedures of the same names.

# Lines of our manifests have notes behind what Redis writes; Redis passes over them, and so does its suite
# since 8.0, whose lines have some of their own.
proc assert_aof_manifest_content {manifest_path content} {
    set fp [open $manifest_path r]
    set lines [split [string trimright [read $fp] "\n"] "\n"]
    close $fp
    assert_equal [llength $lines] [llength $content]
    foreach line $lines expected $content {
        assert_equal [string range $line 0 [expr {[string length $expected] - 1}]] $expected
    }
}

# The next command. Each record begins with a line about itself and with the number of its database,
# which append-only files have only where it changes.
proc read_from_aof {fp} {
    if {[info exists ::journal_next($fp)]} {
        set words $::journal_next($fp)
        unset ::journal_next($fp)
        return $words
    }
    while 1 {
        for {set i 0} {[gets $fp line] == -1} {incr i} {
            if {$i == 20} { return "" }
            after 100
        }
        if {[string index $line 0] ne "*"} { continue }
        set words {}
        for {set i [string range $line 1 end]} {$i > 0} {incr i -1} {
            read $fp 1
            lappend words [::redis::redis_bulk_read $fp]
        }
        set words [lreplace $words 0 0 [string tolower [lindex $words 0]]]
        if {[lindex $words 0] eq "select"} {
            if {[info exists ::journal_db($fp)] && $::journal_db($fp) eq [lindex $words 1]} { continue }
            set ::journal_db($fp) [lindex $words 1]
            if {$::journal_multi_first} {
                set ::journal_select($fp) $words
                continue
            }
        }
        # A database that was selected in front of a transaction is named behind its beginning.
        if {[info exists ::journal_select($fp)]} {
            set select $::journal_select($fp)
            unset ::journal_select($fp)
            if {[lindex $words 0] eq "multi"} {
                set ::journal_next($fp) $select
                return $words
            }
            set ::journal_next($fp) $words
            return $select
        }
        return $words
    }
}

# Processes that a test stops are let go behind it, also where it was left out and has stopped none.
proc resume_process pid { catch {exec kill -SIGCONT $pid} }

# The suite takes the line of an earlier start in the same file for that of this one, and connects at once:
# a process of Node is not there yet, and says LOADING even where there is nothing to load.
if {[info procs start_server_aof] ne "" && [string match *kill_server* [info body start_server_aof]]} {
proc start_server_aof {overrides code} {
    upvar defaults defaults srv srv server_path server_path
    set config [concat $defaults $overrides]
    set srv [start_server [list overrides $config]]
    for {set i 0} {$i < 400} {incr i} {
        if {[catch {is_alive $srv} alive] == 0 && !$alive} { break }
        set asked [catch {
            set client [redis [dict get $srv host] [dict get $srv port] 0 $::tls]
            $client ping
        }]
        catch {$client close}
        if {$asked == 0} { break }
        after 50
    }
    uplevel 1 $code
    kill_server $srv
}
}
