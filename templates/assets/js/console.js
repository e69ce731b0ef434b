// The members' pages.
import './plaza.js';
import {follow} from './regions.js';
import './editor.js';
import './campaign.js';
import './menu.js';
import './scan.js';
import {hear} from './inbox.js';

const live = follow();
if (live) hear(live);
