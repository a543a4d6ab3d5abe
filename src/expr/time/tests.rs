use super::*;

fn iso(text: &str) -> DateTime {
    DateTime::parse_iso(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn is_invalid<T: std::fmt::Debug>(result: Result<T, TimeError>) -> bool {
    match result {
        Err(TimeError::InvalidTime(message)) => {
            assert!(message.len() < 400, "{message}");
            assert!(
                !message.ends_with('.') && !message.starts_with(|c: char| c.is_ascii_uppercase()),
                "{message}"
            );
            true
        }
        _ => false,
    }
}

#[test]
fn documented_conversions() {
    let time = DateTime::parse_windows("130828367179790000").unwrap();
    assert_eq!(time.to_iso_millis(), "2015-07-31T17:18:37.979Z");
    assert_eq!(time.to_windows(), "130828367179790000");
    let time = DateTime::parse_unix("1438377580979").unwrap();
    assert_eq!(time.to_java(), "2015-07-31T21:19:40.979Z");
    assert_eq!(iso("2015-07-31T17:18:37.979Z").to_unix(), "1438363117979");
    assert_eq!(iso("2015-07-30T23:58:32.000Z").to_windows(), "130827743120000000");
    let time = DateTime::parse_pattern("17 June 2015 00:23:19", "dd MMMM yyyy HH:mm:ss", Dialect::Java);
    assert_eq!(time.unwrap().to_java(), "2015-06-17T00:23:19Z");
    let tokyo = iso("2015-07-31T17:18:37.979Z").to_zone("Asia/Tokyo").unwrap();
    assert_eq!(tokyo.to_java(), "2015-08-01T02:18:37.979+09:00[Asia/Tokyo]");
    let eastern = iso("2015-07-31T17:30:49.964Z").to_zone("EST").unwrap();
    assert_eq!(eastern.to_iso_millis(), "2015-07-31T13:30:49.964-04:00");
    assert_eq!(eastern.format("YYYY-MM-dd HH:mm:ss", Dialect::Joda).unwrap(), "2015-07-31 13:30:49");
    assert_eq!(iso("2015-07-30T23:58:32Z").format("MM/dd/yyyy", Dialect::Java).unwrap(), "07/30/2015");
}

#[test]
fn documented_arithmetic() {
    let time = iso("2015-07-30T23:58:32.000Z");
    let plus = |unit, n| time.plus(unit, n).unwrap();
    assert_eq!(plus(Unit::Days, 2), iso("2015-08-01T23:58:32.000Z"));
    assert_eq!(plus(Unit::Hours, -1), iso("2015-07-30T22:58:32.000Z"));
    assert_eq!(plus(Unit::Minutes, 0), time);
    let now = iso("2015-07-31T17:18:37.979Z");
    assert_eq!(now.plus(Unit::Hours, -100).unwrap(), iso("2015-07-27T13:18:37.979Z"));
    for (unit, n, expected) in [
        (Unit::Days, 1, true),
        (Unit::Hours, 17, false),
        (Unit::Hours, 18, true),
        (Unit::Hours, 100, true),
        (Unit::Minutes, 2, false),
        (Unit::Seconds, 100, false),
        (Unit::Seconds, 0, false),
        (Unit::Days, -1, false),
    ] {
        assert_eq!(time.within(unit, n, &now), Ok(expected), "{unit:?} {n}");
    }
    assert_eq!(now.within(Unit::Seconds, 0, &now), Ok(true));
    assert_eq!(plus(Unit::Days, 400).within(Unit::Days, 1, &now), Ok(true), "a time to come is within");
}

#[test]
fn iso_text_in_all_its_forms() {
    for (text, expected) in [
        ("2015-06-17", "2015-06-17T00:00:00Z"),
        ("2015-06", "2015-06-01T00:00:00Z"),
        ("2015", "2015-01-01T00:00:00Z"),
        ("2015-168", "2015-06-17T00:00:00Z"),
        ("2015-W25-3", "2015-06-17T00:00:00Z"),
        ("2015-06-17T00:23", "2015-06-17T00:23:00Z"),
        ("2015-06-17T00:23:19", "2015-06-17T00:23:19Z"),
        ("2015-06-17t00:23:19z", "2015-06-17T00:23:19Z"),
        ("2015-06-17T00:23:19,5Z", "2015-06-17T00:23:19.500Z"),
        ("2015-06-17T00:23:19.123456Z", "2015-06-17T00:23:19.123456Z"),
        ("2015-06-17T00:23:19.1234567891234Z", "2015-06-17T00:23:19.123456789Z"),
        ("2015-06-17T00:23:19+02:00", "2015-06-17T00:23:19+02:00"),
        ("2015-06-17T00:23:19-0330", "2015-06-17T00:23:19-03:30"),
        ("2015-06-17T00:23:19+00:00", "2015-06-17T00:23:19Z"),
        ("2015-06-17T00:23:19[Asia/Tokyo]", "2015-06-17T00:23:19+09:00[Asia/Tokyo]"),
        ("2015-06-17T00:23:19Z[UTC]", "2015-06-17T00:23:19Z[UTC]"),
        ("-0044-03-15T12:00:00Z", "-0044-03-15T12:00:00Z"),
    ] {
        assert_eq!(iso(text).to_java(), expected, "{text}");
        assert_eq!(iso(expected), iso(text), "what is printed reads back: {text}");
    }
    for text in [
        "",
        " ",
        "2015-13-01",
        "2015-02-29",
        "2015-06-17T24:00:00Z",
        "2015-06-17T00:23:60Z",
        "2015-06-17 00:23:19Z",
        "2015-06-17T00:23:19Z ",
        "2015-06-17T00:23:19.Z",
        "2015-06-17T00:23:19+25:00",
        "2015-06-17T00:23:19Z[",
        "2015-06-17T00:23:19Z[Nowhere/At_All]",
        "2015-W60-1",
        "2015-366",
        "99999-01-01",
        "999999-01-01",
        "1-1-1",
        "9999-12-31T23:59:59-18:00",
        "-9999-01-01T00:00:00+18:00",
        "２０１５-06-17",
        "2015-06-17T٠٠:00",
    ] {
        assert!(is_invalid(DateTime::parse_iso(text)), "{text}");
    }
}

#[test]
fn numbers_that_are_none_and_numbers_too_large() {
    for text in ["", " 1", "1.0", "1e3", "abc", "--1", "+", "٣", "0x10"] {
        assert_eq!(DateTime::parse_unix(text), Err(TimeError::NotANumber), "{text}");
        assert_eq!(DateTime::parse_windows(text), Err(TimeError::NotANumber), "{text}");
    }
    for text in ["9223372036854775807", "-9223372036854775808", "99999999999999999999999", "253402300800000"]
    {
        assert!(is_invalid(DateTime::parse_unix(text)), "{text}");
    }
    assert!(is_invalid(DateTime::parse_windows("9223372036854775807")));
    for millis in [i64::MIN, i64::MAX] {
        assert!(is_invalid(DateTime::from_unix_millis(millis)));
    }
    assert_eq!(DateTime::parse_unix("-1").unwrap().to_iso_millis(), "1969-12-31T23:59:59.999Z");
    assert_eq!(iso("1969-12-31T23:59:59.9999Z").to_unix(), "-1", "cut off towards the past");
    assert_eq!(DateTime::parse_windows("0").unwrap().to_iso_millis(), "1601-01-01T00:00:00.000Z");
}

#[test]
fn arithmetic_at_the_ends_of_time() {
    let time = iso("2015-07-30T23:58:32.000Z");
    for unit in [Unit::Days, Unit::Hours, Unit::Minutes, Unit::Seconds] {
        for n in [i64::MIN, i64::MAX, i64::MAX / 86_400] {
            assert!(is_invalid(time.plus(unit, n)), "{unit:?} {n}");
            assert!(is_invalid(time.within(unit, n, &time)), "{unit:?} {n}");
        }
    }
    assert!(time.plus(Unit::Days, 2_900_000).is_ok());
    assert!(is_invalid(time.plus(Unit::Days, 3_000_000)));
}

#[test]
fn days_keep_the_wall_clock_and_hours_do_not() {
    // New York leaves summer time on 2015-11-01 at 02:00 and enters it on 2016-03-13 at 02:00.
    let before = iso("2015-10-31T01:30:00-04:00[America/New_York]");
    let day_later = before.plus(Unit::Days, 1).unwrap();
    assert_eq!(day_later.to_java(), "2015-11-01T01:30:00-04:00[America/New_York]", "offset kept");
    let after = iso("2015-11-02T01:30:00-05:00[America/New_York]");
    assert_eq!(after.plus(Unit::Days, -1).unwrap().to_java(), "2015-11-01T01:30:00-05:00[America/New_York]");
    assert_eq!(
        before.plus(Unit::Hours, 25).unwrap().to_java(),
        "2015-11-01T01:30:00-05:00[America/New_York]"
    );
    let gap = iso("2016-03-12T02:30:00-05:00[America/New_York]").plus(Unit::Days, 1).unwrap();
    assert_eq!(gap.to_java(), "2016-03-13T03:30:00-04:00[America/New_York]");
}

#[test]
fn equal_means_instant_and_zone() {
    let utc = iso("2015-07-31T17:18:37.979Z");
    let tokyo = utc.to_zone("Asia/Tokyo").unwrap();
    assert_ne!(utc, tokyo);
    assert_eq!(utc.cmp_instant(&tokyo), Ordering::Equal);
    assert_eq!(utc, utc.to_zone("+00:00").unwrap());
    assert_eq!(tokyo, utc.to_zone("JST").unwrap());
}

#[test]
fn pattern_letters() {
    let time = iso("2019-12-31T00:05:09.0456789-05:00[America/New_York]");
    for (pattern, joda, java) in [
        ("YYYY", "2019", "2020"),
        ("yyyy yy y", "2019 19 2019", "2019 19 2019"),
        ("xxxx", "2020", "-0500"),
        ("uuuu", "!", "2019"),
        ("G GGGG", "AD AD", "AD Anno Domini"),
        ("C", "20", "!"),
        ("M MM MMM MMMM", "12 12 Dec December", "12 12 Dec December"),
        ("MMMMM", "December", "D"),
        ("E EEEE", "Tue Tuesday", "Tue Tuesday"),
        ("e ww", "2 01", "2 01"),
        ("d D", "31 365", "31 365"),
        ("h hh H k K a", "12 12 0 24 0 AM", "12 12 0 24 0 AM"),
        ("m mm s ss", "5 05 9 09", "5 05 9 09"),
        ("S SSS SSSSSSSSS", "0 045 045678900", "0 045 045678900"),
        ("SSSSSSSSSSSS", "045678900000", "!"),
        ("z", "EST", "EST"),
        ("zzzz", "!", "!"),
        ("Z", "-0500", "-0500"),
        ("ZZ", "-05:00", "-0500"),
        ("ZZZ", "America/New_York", "-0500"),
        ("ZZZZ ZZZZZ", "America/New_York America/New_York", "GMT-05:00 -05:00"),
        ("X XX XXX x xxx", "!", "-05 -0500 -05:00 -05 -05:00"),
        ("O OOOO VV", "!", "GMT-5 GMT-05:00 America/New_York"),
        ("Q q", "!", "4 4"),
        ("A n N", "!", "309045 45678900 309045678900"),
        ("yyyy-MM-dd'T'HH:mm", "2019-12-31T00:05", "2019-12-31T00:05"),
        ("''yy 'o''clock'", "'19 o'clock", "'19 o'clock"),
        ("", "", ""),
        ("日", "日", "日"),
        ("[yyyy]", "[2019]", "!"),
        ("b", "!", "!"),
        ("'open", "!", "!"),
        ("yyyy'", "!", "!"),
    ] {
        for (dialect, expected) in [(Dialect::Joda, joda), (Dialect::Java, java)] {
            let found = time.format(pattern, dialect);
            match expected {
                "!" => assert!(is_invalid(found), "{dialect:?} {pattern}"),
                _ => assert_eq!(found.as_deref(), Ok(expected), "{dialect:?} {pattern}"),
            }
        }
    }
    let utc = iso("2019-12-31T00:05:09Z");
    assert_eq!(utc.format("Z ZZ ZZZ z", Dialect::Joda).unwrap(), "+0000 +00:00 UTC UTC");
    assert_eq!(utc.format("X XXX x ZZZZZ O VV", Dialect::Java).unwrap(), "Z Z +00 Z GMT UTC");
    assert_eq!(iso("-0043-01-01").format("y Y G", Dialect::Joda).unwrap(), "-43 44 BC");
    assert_eq!(
        iso("2015-07-31T12:00:00+05:30").format("X O h a", Dialect::Java).unwrap(),
        "+0530 GMT+5:30 12 PM"
    );
}

#[test]
fn reading_by_pattern() {
    for (text, pattern, joda, java) in [
        ("2015-06-17 00:23:19.676 +0000", "yyyy-MM-dd HH:mm:ss.SSS Z", "2015-06-17T00:23:19.676Z", "="),
        ("2015-06-17 00:23 +02:00", "yyyy-MM-dd HH:mm Z", "2015-06-17T00:23:00+02:00", "="),
        ("20150617002319", "yyyyMMddHHmmss", "2015-06-17T00:23:19Z", "="),
        ("6/7/2015", "MM/dd/yyyy", "2015-06-07T00:00:00Z", "="),
        ("17 jun 2015", "d MMM yyyy", "2015-06-17T00:00:00Z", "="),
        ("17 June 2015", "d MMM yyyy", "2015-06-17T00:00:00Z", "="),
        ("Wednesday 2015-06-17", "EEEE yyyy-MM-dd", "2015-06-17T00:00:00Z", "="),
        ("Monday 2015-06-17", "EEEE yyyy-MM-dd", "!", "!"),
        ("2015 168", "yyyy DDD", "2015-06-17T00:00:00Z", "="),
        ("2015-W25-3", "YYYY-'W'ww-e", "2015-06-17T00:00:00Z", "="),
        ("17.06.15", "dd.MM.yy", "2015-06-17T00:00:00Z", "="),
        ("17.06.75", "dd.MM.yy", "1975-06-17T00:00:00Z", "2075-06-17T00:00:00Z"),
        ("12:05 AM 2015-06-17", "hh:mm a yyyy-MM-dd", "2015-06-17T00:05:00Z", "="),
        ("12:05 pm 2015-06-17", "hh:mm a yyyy-MM-dd", "2015-06-17T12:05:00Z", "="),
        ("44 BC", "Y G", "-0043-01-01T00:00:00Z", "!"),
        ("10:20", "HH:mm", "1970-01-01T10:20:00Z", "!"),
        ("06/17", "MM/dd", "2000-06-17T00:00:00Z", "!"),
        ("2015-06-17T10 EDT", "yyyy-MM-dd'T'HH z", "2015-06-17T10:00:00-04:00[America/New_York]", "="),
        ("2015-06-17T10 Asia/Tokyo", "yyyy-MM-dd'T'HH z", "2015-06-17T10:00:00+09:00[Asia/Tokyo]", "="),
        ("2015-02-30", "yyyy-MM-dd", "!", "!"),
        ("2015-06-17", "yyyy-MM", "!", "!"),
        ("2015-06", "yyyy-MM-dd", "!", "!"),
        ("25:00 2015", "HH:mm yyyy", "!", "!"),
        ("2015 2016", "yyyy yyyy", "!", "!"),
        ("99999", "yyyy", "!", "!"),
        ("", "yyyy", "!", "!"),
        ("", "", "1970-01-01T00:00:00Z", "!"),
    ] {
        let java = if java == "=" { joda } else { java };
        for (dialect, expected) in [(Dialect::Joda, joda), (Dialect::Java, java)] {
            let found = DateTime::parse_pattern(text, pattern, dialect);
            match expected {
                "!" => assert!(is_invalid(found), "{dialect:?} {text} {pattern}"),
                _ => assert_eq!(
                    found.map(|t| t.to_java()).as_deref(),
                    Ok(expected),
                    "{dialect:?} {text} {pattern}"
                ),
            }
        }
    }
    let java = |text, pattern| DateTime::parse_pattern(text, pattern, Dialect::Java).map(|t| t.to_java());
    assert_eq!(java("2015-06-17 3600000", "uuuu-MM-dd A").as_deref(), Ok("2015-06-17T01:00:00Z"));
    assert_eq!(java("2015-06-17Z", "uuuu-MM-ddXXX").as_deref(), Ok("2015-06-17T00:00:00Z"));
    assert_eq!(java("2015-06-17 GMT+9", "uuuu-MM-dd O").as_deref(), Ok("2015-06-17T00:00:00+09:00"));
}

#[test]
fn absurd_patterns_and_texts_are_errors() {
    let time = iso("2015-07-31T17:18:37.979Z");
    let long = "y".repeat(1_000_000);
    for dialect in [Dialect::Joda, Dialect::Java] {
        for pattern in [&*long, &*"'".repeat(999), &*"S".repeat(100), &*"d".repeat(50), "\u{0}b", "ä b"] {
            assert!(is_invalid(time.format(pattern, dialect)), "{dialect:?} {}", pattern.len());
        }
        assert!(is_invalid(DateTime::parse_pattern(&long, "yyyy", dialect)));
        assert!(is_invalid(DateTime::parse_pattern(&"9".repeat(1_000_000), "yyyy", dialect)));
    }
    assert!(is_invalid(DateTime::parse_iso(&"2015-".repeat(100_000))));
    let widest = "yyyyyyyyyyyyyyyyyyy ".repeat(12);
    assert!(time.format(&widest, Dialect::Java).unwrap().len() < 300);
}

proptest::proptest! {
    #[test]
    fn no_text_pattern_or_number_panics(
        text in "[0-9a-zA-Z:+.\\[\\]/ TZ-]{0,24}|\\PC{0,16}",
        pattern in "[GCYyxwueEDMdaKhHkmsSzZXxOVQqAnN' :/.-]{0,16}|\\PC{0,12}",
        millis in proptest::num::i64::ANY,
        n in proptest::num::i64::ANY,
    ) {
        let near = DateTime::from_unix_millis(millis % 253_402_200_000_000).unwrap();
        let _ = (DateTime::from_unix_millis(millis), DateTime::parse_iso(&text), Zone::find(&text));
        for dialect in [Dialect::Joda, Dialect::Java] {
            if let Ok(printed) = near.format(&pattern, dialect) {
                let _ = DateTime::parse_pattern(&printed, &pattern, dialect);
            }
            let _ = DateTime::parse_pattern(&text, &pattern, dialect);
        }
        for unit in [Unit::Days, Unit::Hours, Unit::Minutes, Unit::Seconds] {
            let _ = (near.plus(unit, n), near.plus(unit, n % 1000), near.within(unit, n, &near));
        }
    }

    #[test]
    fn what_is_printed_reads_back(millis in -62_000_000_000_000..253_000_000_000_000_i64, zone in 0..4_usize) {
        let time = DateTime::from_unix_millis(millis).unwrap();
        let time = time.to_zone(["UTC", "America/New_York", "Asia/Kathmandu", "-03:30"][zone]).unwrap();
        proptest::prop_assert_eq!(&iso(&time.to_rfc9557()), &time);
        proptest::prop_assert_eq!(iso(&time.to_iso_millis()).instant, time.instant);
        proptest::prop_assert_eq!(&DateTime::parse_unix(&time.to_unix()).unwrap().instant, &time.instant);
        proptest::prop_assert_eq!(&DateTime::parse_windows(&time.to_windows()).unwrap().instant, &time.instant);
        for (pattern, dialect) in [
            ("yyyy-MM-dd'T'HH:mm:ss.SSS Z ZZZ", Dialect::Joda),
            ("EEEE d MMMM Y G hh:mm:ss.SSS a ZZ ZZZ", Dialect::Joda),
            ("xxxx'W'ww e kk:mm:ss,SSS ZZ ZZZ", Dialect::Joda),
            ("uuuu/D Q N xxx VV", Dialect::Java),
        ] {
            let text = time.format(pattern, dialect).unwrap();
            let back = DateTime::parse_pattern(&text, pattern, dialect);
            // Local mean time has seconds in its offset, which these patterns can print and read too.
            proptest::prop_assert_eq!(back.map(|t| t.instant), Ok(time.instant), "{} by {}", text, pattern);
        }
    }
}
