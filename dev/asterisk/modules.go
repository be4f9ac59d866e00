package asterisk

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// unneeded modules look for hardware, databases and servers that are not
// there. Without them a server is up in a second or two, and its log is short
// enough to read.
func unneeded() []string {
	return []string{
		"chan_sip.so", "chan_iax2.so", "chan_mgcp.so", "chan_skinny.so", "chan_unistim.so", "chan_motif.so",
		"chan_alsa.so", "chan_oss.so", "chan_console.so", "chan_audiosocket.so", "chan_websocket.so", "chan_rtp.so",
		"cdr_adaptive_odbc.so", "cdr_csv.so", "cdr_custom.so", "cdr_odbc.so", "cdr_pgsql.so", "cdr_radius.so",
		"cdr_sqlite3_custom.so", "cdr_tds.so", "cel_*.so", "res_cdrel_custom.so",
		"res_odbc*.so", "func_odbc.so", "res_config_*.so", "res_calendar*.so", "res_snmp.so", "res_xmpp.so",
		"res_smdi.so", "res_adsi.so", "res_fax*.so", "res_hep*.so", "res_phoneprov.so", "res_pjsip_phoneprov_provider.so",
		"res_prometheus.so", "res_resolver_unbound.so", "res_stun_monitor.so", "res_statsd.so", "res_speech_aeap.so", "res_parking.so", "res_musiconhold.so", "res_pjsip_notify.so", "res_stasis_broadcast.so", "app_stasis_broadcast.so",
		"res_aeap.so", "res_geolocation.so", "res_pjsip_geolocation.so", "res_stir_shaken.so", "res_pjsip_stir_shaken.so",
		"res_pjsip_config_wizard.so", "res_pjsip_transport_websocket.so", "res_http_media_cache.so", "res_http_post.so",
		"res_tonedetect.so", "res_rtp_multicast.so", "res_timing_pthread.so", "res_srtp.so", "res_audiosocket.so",
		"res_ael_share.so", "res_clioriginate.so", "res_monitor.so", "res_limit.so",
		"app_adsiprog.so", "app_agent_pool.so", "app_alarmreceiver.so", "app_amd.so", "app_audiosocket.so",
		"app_confbridge.so", "app_dictate.so", "app_directory.so", "app_externalivr.so", "app_festival.so", "app_followme.so",
		"app_getcpeid.so", "app_ices.so", "app_image.so", "app_jack.so", "app_macro.so", "app_minivm.so", "app_morsecode.so",
		"app_mp3.so", "app_nbscat.so", "app_page.so", "app_queue.so", "app_sla.so", "app_sms.so", "app_speech_utils.so",
		"app_talkdetect.so", "app_test.so", "app_url.so", "app_voicemail*.so", "app_zapateller.so",
		"pbx_ael.so", "pbx_dundi.so", "pbx_lua.so", "pbx_loopback.so", "pbx_realtime.so", "pbx_spool.so",
		"codec_adpcm.so", "codec_amr.so", "codec_codec2.so", "codec_g722.so", "codec_g726.so", "codec_lpc10.so",
		"codec_opus_open_source.so", "codec_speex.so", "func_speex.so", "func_pitchshift.so", "func_srv.so", "func_enum.so",
		"format_g7*.so", "format_h26*.so", "format_ilbc.so", "format_ogg_*.so", "format_siren*.so", "format_vox.so", "format_vp8.so",
	}
}

// modulesFolder is where a root's modules are, seen from inside it: Debian
// moved them to a folder named after the machine at some version.
func modulesFolder(root string) string {
	const plain = "/usr/lib/asterisk/modules"
	found, _ := filepath.Glob(filepath.Join(root, "usr/lib/*/asterisk/modules/chan_pjsip.so"))
	if len(found) == 0 {
		return plain
	}
	return strings.TrimPrefix(filepath.Dir(found[0]), filepath.Clean(root))
}

// modulesConfig names only modules that exist, for a missing one is a warning in the log.
func modulesConfig(l layout, with, without []string) (string, error) {
	entries, err := os.ReadDir(filepath.Join(l.root, modulesFolder(l.root)))
	if err != nil {
		return "", fmt.Errorf("the root %s has no Asterisk in it: %w", l.root, err)
	}
	patterns := append(slices.DeleteFunc(unneeded(), func(pattern string) bool { return slices.Contains(with, pattern) }), without...)
	var b strings.Builder
	b.WriteString("[modules]\nautoload=yes\n")
	for _, entry := range entries {
		if slices.ContainsFunc(patterns, func(pattern string) bool {
			matched, _ := path.Match(pattern, entry.Name())
			return matched
		}) {
			fmt.Fprintf(&b, "noload => %s\n", entry.Name())
		}
	}
	return b.String(), nil
}
